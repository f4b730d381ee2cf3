package io.loralake.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {
  private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
  private static final String B = "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}";

  @Test
  void readsTensorsAndMetadata() throws IOException {
    final String json = "{\"__metadata__\":{\"k\":\"v\"}," + A + "," + B + "}";
    final Header header = Header.read(Bytes.of(json, 16));

    assertThat(header.metadata()).containsExactly(Map.entry("k", "v"));
    assertThat(header.dataStart()).isEqualTo(8 + json.length());
    assertThat(header.tensors().keySet()).containsExactly("a", "b");
    final TensorInfo b = header.tensors().get("b");
    assertThat(b.dtype()).isEqualTo(DType.I64);
    assertThat(b.shape()).isEmpty();
    assertThat(b.elements()).isEqualTo(1);
    assertThat(b.begin() - header.dataStart()).isEqualTo(8);
  }

  @Test
  void tensorsComeInTheOrderOfTheirBytes() throws IOException {
    assertThat(Header.read(Bytes.of("{" + B + "," + A + "}", 16)).tensors().keySet())
        .containsExactly("a", "b");
  }

  @Test
  void emptyTensorsAndSpacesAreAllowed() throws IOException {
    final String none = "\"n\":{\"dtype\":\"F16\",\"shape\":[0,7],\"data_offsets\":[8,8]}";
    assertThat(Header.read(Bytes.of("{" + A + "," + none + "}   ", 8)).tensors()).hasSize(2);
  }

  @Test
  void metadataMayBeNullOrLong() throws IOException {
    assertThat(Header.read(Bytes.of("{\"__metadata__\":null," + A + "}", 8)).metadata()).isEmpty();
    final String text = "x".repeat(21_000_000);
    final String json = "{\"__metadata__\":{\"k\":\"" + text + "\"}," + A + "}";
    assertThat(Header.read(Bytes.of(json, 8)).metadata().get("k")).hasSize(21_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "null", "\"F16\"", "[[2]]", "{\"dtype\":\"F16\",\"shape\":[1,{}]}"})
  void fieldsOfOthersAreNotRead(final String value) throws IOException {
    final String json = "{" + A.replace("\"shape\"", "\"note\":" + value + ",\"shape\"") + "}";
    final TensorInfo a = Header.read(Bytes.of(json, 8)).tensors().get("a");
    assertThat(a.describe()).isEqualTo("F32 [2]");
  }

  @ParameterizedTest
  @CsvSource({"F4,4", "F6_E2M3,6", "F6_E3M2,6", "F8_E4M3FNUZ,8", "F8_E5M2FNUZ,8", "F8_E8M0,8"})
  void elementsMayShareBytes(final String dtype, final int bits) throws IOException {
    final String json =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[4,2],\"data_offsets\":[0,%d]}}".formatted(dtype, bits);
    assertThat(Header.read(Bytes.of(json, bits)).tensors().get("a").elements()).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource({
    "<!DOCTYPE html><html>, <!DOCTYPE html><",
    "PK\u0003\u0004archive/data.pkl, PK..archive/data",
    "version https://git-lfs, version https://"
  })
  void aFileOfAnotherKindIsShown(final String content, final String shown) {
    assertThatThrownBy(() -> Header.read(new Bytes(content.getBytes(StandardCharsets.UTF_8))))
        .hasMessageEndingWith("it begins with '%s', where a header has '{' at byte 8", shown);
  }

  static Stream<Arguments> broken() {
    final byte[] json = ("{" + A + "}").getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        broken(Reason.EMPTY, new Bytes(new byte[0])),
        broken(Reason.TRUNCATED, new Bytes(new byte[5])),
        broken(Reason.TRUNCATED, new Bytes(new byte[8])),
        broken(Reason.NOT_SAFETENSORS, Bytes.of("<html>", 40)),
        broken(Reason.BAD_HEADER, Bytes.of(-1, json, 8)),
        broken(Reason.BAD_HEADER, Bytes.of(Long.MIN_VALUE, json, 8)),
        broken(Reason.BAD_HEADER, Bytes.of(Header.MAX_LENGTH + 1, json, 8)),
        broken(Reason.BAD_HEADER, Bytes.of(0, json, 8)),
        broken(Reason.TRUNCATED, Bytes.of(Header.MAX_LENGTH, json, 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A, 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A + "} {}", 8)),
        broken(Reason.EMPTY, Bytes.of("{}", 0)),
        broken(Reason.EMPTY, Bytes.of("{\"__metadata__\":{\"k\":\"v\"}}", 0)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"__metadata__\":{\"k\":1}," + A + "}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A + "," + A + "}", 8)),
        broken(Reason.TRUNCATED, Bytes.of("{" + A + "}", 7)),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A + "}", 9)),
        broken(Reason.BAD_HEADER, tensor("F99", "[2]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[0,4]")),
        broken(Reason.BAD_HEADER, tensor("F4", "[15]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[-0,8]")),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A.replace("\"a\"", "\"a\\ud800\"") + "}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"__metadata__\":{\"k\":\"\\udc00\"}," + A + "}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"__metadata__\":{\"\\udc00\":\"v\"}," + A + "}", 8)),
        broken(
            Reason.BAD_HEADER,
            tensor("F32", "[2]", "[0,8],\"x\":" + "[".repeat(200) + "]".repeat(200))),
        broken(Reason.BAD_HEADER, tensor("F32", "[-2]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[-8,0]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[8,0]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2.0]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[0,8,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "2", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[4294967296,4294967296]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[99999999999999999999]", "[0,8]")),
        broken(Reason.BAD_HEADER, tensor("F32", "[2]", "[0,9223372036854775807]")),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A + "," + B.replace("8,16", "9,17") + "}", 17)),
        broken(Reason.BAD_HEADER, Bytes.of("{" + A + "," + B.replace("8,16", "4,12") + "}", 12)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"a\":[]}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"n\":null," + A + "}", 8)),
        broken(
            Reason.BAD_HEADER, Bytes.of("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8)),
        broken(Reason.BAD_HEADER, Bytes.of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8)));
  }

  private static Bytes tensor(final String dtype, final String shape, final String offsets) {
    return Bytes.of(
        "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
            .formatted(dtype, shape, offsets),
        8);
  }

  private static Arguments broken(final Reason reason, final Bytes file) {
    return Arguments.of(reason, file, new String(file.content(), StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("broken")
  void saysWhichRuleIsBroken(final Reason reason, final Bytes file, final String text) {
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOfSatisfying(
            RejectedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e).hasMessageStartingWith("memory: ");
            });
  }

  @Test
  void saysInWordsWhatIsExpected() {
    assertRefused(Bytes.of("{\"a\":[]}", 8), "memory: a should be an object, found [");
    assertRefused(tensor("F32", "2", "[0,8]"), "memory: a.shape should be a list, found 2");
    assertRefused(
        tensor("F32", "[2.0]", "[0,8]"), "memory: a.shape should be a whole number, found 2.0");
    assertRefused(
        Bytes.of("{\"__metadata__\":{\"k\":null}," + A + "}", 8),
        "memory: __metadata__.k should be a text, found null");
  }

  @Test
  void saysThatTheHeaderIsNotUtf8() {
    final byte[] json = ("{\"\u00ff\":1," + A + "}").getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(Bytes.of(json.length, json, 8), "memory: the header is not valid UTF-8");
  }

  private static void assertRefused(final Bytes file, final String message) {
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_HEADER))
        .hasMessage(message);
  }
}
