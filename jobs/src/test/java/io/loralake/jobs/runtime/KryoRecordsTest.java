package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.Tuple2;
import scala.reflect.ClassTag$;

class KryoRecordsTest {
  private record Place(String uri, List<Long> sizes) implements Serializable {}

  static List<Object> whatJobsSend() {
    final Place place = new Place("file:/a", List.of(3L));
    return List.of(
        place,
        List.of(),
        List.of(place),
        List.of(1, 2, 3),
        Set.of(place),
        Map.of("a", place),
        Map.of("a", 1, "b", 2),
        new ArrayList<>(List.of(place)),
        new Tuple2<>(7, List.of(place, place)));
  }

  @ParameterizedTest
  @MethodSource("whatJobsSend")
  void kryoCarriesIt(final Object sent) {
    final SerializerInstance kryo =
        new KryoSerializer(
                new SparkConf(false).set("spark.kryo.registrator", KryoRecords.class.getName()))
            .newInstance();
    final ByteBuffer bytes = kryo.serialize(sent, ClassTag$.MODULE$.apply(Object.class));
    final Object got = kryo.deserialize(bytes, ClassTag$.MODULE$.apply(Object.class));
    assertThat(got).isEqualTo(sent).hasSameClassAs(sent);
  }
}
