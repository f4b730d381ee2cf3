package io.loralake.jobs.runtime;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.util.List;
import java.util.Map;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * What Kryo, where a cluster sets it, cannot carry by itself: records and the JDK's immutable
 * collections. They go as Java serializes them. Named by {@code spark.kryo.registrator}.
 */
public final class KryoRecords implements KryoRegistrator {

  @Override
  public void registerClasses(final Kryo kryo) {
    final Class<?> immutableList = List.of().getClass().getSuperclass();
    kryo.addDefaultSerializer(Record.class, new JavaSerializer());
    kryo.addDefaultSerializer(immutableList.getSuperclass(), new JavaSerializer()); // sets as well
    kryo.addDefaultSerializer(Map.of().getClass().getSuperclass(), new JavaSerializer());
  }
}
