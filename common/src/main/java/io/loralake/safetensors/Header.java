package io.loralake.safetensors;

import static io.loralake.rejection.Reason.BAD_HEADER;
import static io.loralake.rejection.Reason.EMPTY;
import static io.loralake.rejection.Reason.NOT_SAFETENSORS;
import static io.loralake.rejection.Reason.TRUNCATED;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.DType;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file.
 *
 * @param tensors by name, in the order of their bytes in the file
 * @param metadata the {@code __metadata__} entry; empty when absent
 * @param dataStart first byte after the header
 */
public record Header(
    Map<String, TensorInfo> tensors, Map<String, String> metadata, long dataStart) {

  /** Longest header that the reference implementation accepts, in bytes. */
  public static final long MAX_LENGTH = 100_000_000;

  /** Brackets within brackets that the reference implementation reads. */
  private static final int MAX_DEPTH = 127;

  /** Bytes by which a file of another kind is told. */
  private static final int SHOWN = 16;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength((int) MAX_LENGTH)
                  .maxNestingDepth(MAX_DEPTH)
                  .build())
          .build();

  /** This header with one more entry of metadata, which replaces an equally named one. */
  Header with(final String key, final String value) {
    final Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put(key, value);
    return new Header(tensors, all, dataStart);
  }

  /**
   * Reads and checks the header; the file's data is not touched.
   *
   * @throws RejectedException with the first rule of the format that the file breaks
   */
  public static Header read(final ByteSource file) throws IOException {
    final long length = checkedLength(file);
    final ByteBuffer json = file.read(8, (int) length);
    try (JsonParser parser = JSON.createParser(strictUtf8(json))) {
      return new Parse(file, 8 + length).header(parser);
    } catch (final JsonProcessingException e) {
      throw new RejectedException(
          BAD_HEADER, file.name() + ": the header is not valid JSON: " + firstLine(e));
    } catch (final CharacterCodingException e) {
      throw new RejectedException(BAD_HEADER, file.name() + ": the header is not valid UTF-8");
    }
  }

  private static long checkedLength(final ByteSource file) throws IOException {
    final long size = file.size();
    reject(size == 0, EMPTY, file, "the file has no bytes");
    reject(size < 9, TRUNCATED, file, size + " bytes are too few for a header");
    if (file.read(8, 1).get(0) != '{') {
      final ByteBuffer head = file.read(0, (int) Math.min(size, SHOWN));
      final String text =
          StandardCharsets.ISO_8859_1.decode(head).toString().replaceAll("[^ -~]", ".");
      throw new RejectedException(
          NOT_SAFETENSORS,
          "%s: it begins with '%s', where a header has '{' at byte 8".formatted(file.name(), text));
    }
    final long length = file.read(0, 8).getLong();
    reject(
        length < 0 || length > MAX_LENGTH,
        BAD_HEADER,
        file,
        "header length " + Long.toUnsignedString(length) + " exceeds " + MAX_LENGTH);
    reject(length == 0, BAD_HEADER, file, "the header is empty");
    reject(
        length > size - 8,
        TRUNCATED,
        file,
        "the header claims " + length + " bytes, the file has " + (size - 8) + " left");
    return length;
  }

  private static InputStreamReader strictUtf8(final ByteBuffer bytes) {
    return new InputStreamReader(
        new ByteBufferInputStream(bytes),
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  private static String firstLine(final Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  private static void reject(
      final boolean when, final Reason reason, final ByteSource file, final String message) {
    if (when) {
      throw new RejectedException(reason, file.name() + ": " + message);
    }
  }

  /** One walk over the header's JSON. */
  private static final class Parse {
    private final ByteSource file;
    private final long dataStart;
    private final List<TensorInfo> tensors = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();

    Parse(final ByteSource file, final long dataStart) {
      this.file = file;
      this.dataStart = dataStart;
    }

    Header header(final JsonParser parser) throws IOException {
      expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "header");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        final String name = text(parser.currentName());
        final boolean isMetadata = name.equals("__metadata__");
        if (parser.nextToken() == JsonToken.VALUE_NULL && isMetadata) {
          continue;
        }
        expect(parser, parser.currentToken(), JsonToken.START_OBJECT, name);
        if (isMetadata) {
          readMetadata(parser);
        } else {
          tensors.add(readTensor(parser, name));
        }
      }
      reject(parser.nextToken() != null, BAD_HEADER, file, "something follows the header's object");
      return new Header(laidOut(), Collections.unmodifiableMap(metadata), dataStart);
    }

    private void readMetadata(final JsonParser parser) throws IOException {
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        final String key = text(parser.currentName());
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "__metadata__." + key);
        metadata.put(key, text(parser.getText()));
      }
    }

    private TensorInfo readTensor(final JsonParser parser, final String name) throws IOException {
      String dtype = null;
      long[] shape = null;
      long[] offsets = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        final String field = parser.currentName();
        switch (field) {
          case "dtype" -> {
            expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, name + ".dtype");
            dtype = parser.getText();
          }
          case "shape" -> shape = readNaturals(parser, name + ".shape");
          case "data_offsets" -> offsets = readNaturals(parser, name + ".data_offsets");
          default -> { // the reference implementation reads on as well
            parser.nextToken();
            parser.skipChildren();
          }
        }
      }
      if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
        throw bad("tensor '" + name + "' needs dtype, shape and two data_offsets");
      }
      return checked(name, dtype, shape, offsets);
    }

    private TensorInfo checked(
        final String name, final String dtypeName, final long[] shape, final long[] offsets) {
      final DType dtype =
          DType.find(dtypeName)
              .orElseThrow(() -> bad("tensor '" + name + "' has unknown dtype " + dtypeName));
      final long claimed = offsets[1] - offsets[0];
      try {
        long bits = dtype.bits();
        for (final long dimension : shape) {
          bits = Math.multiplyExact(bits, dimension);
        }
        if (bits != Math.multiplyExact(claimed, 8)) {
          throw bad(
              "tensor '%s': shape and dtype need %d bits, offsets span %d bytes"
                  .formatted(name, bits, claimed));
        }
        return new TensorInfo(
            name,
            dtype,
            shape,
            Math.addExact(dataStart, offsets[0]),
            Math.addExact(dataStart, offsets[1]));
      } catch (final ArithmeticException e) {
        throw bad("tensor '" + name + "': its size overflows 64 bits");
      }
    }

    private long[] readNaturals(final JsonParser parser, final String what) throws IOException {
      expect(parser, parser.nextToken(), JsonToken.START_ARRAY, what);
      final List<Long> values = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
        final String digits = parser.getText();
        reject(
            digits.startsWith("-"), BAD_HEADER, file, what + " has the negative number " + digits);
        values.add(parser.getLongValue());
      }
      return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** The tensors in byte order: no hole, no overlap, and together exactly the file's data. */
    private Map<String, TensorInfo> laidOut() {
      reject(tensors.isEmpty(), EMPTY, file, "the header lists no tensors");
      tensors.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
      long next = dataStart;
      for (final TensorInfo tensor : tensors) {
        if (tensor.begin() != next) {
          throw bad(
              "tensor '%s' begins at byte %d of the data, %d was expected (%s)"
                  .formatted(
                      tensor.name(),
                      tensor.begin() - dataStart,
                      next - dataStart,
                      tensor.begin() < next ? "overlap" : "hole"));
        }
        next = tensor.end();
      }
      reject(
          next > file.size(),
          TRUNCATED,
          file,
          "the tensors need " + next + " bytes, the file has " + file.size());
      reject(
          next < file.size(),
          BAD_HEADER,
          file,
          (file.size() - next) + " bytes behind the last tensor belong to nothing");
      final Map<String, TensorInfo> byName = new LinkedHashMap<>();
      tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
      return Collections.unmodifiableMap(byName);
    }

    /** Escapes may spell half of a pair of surrogates, which is no character. */
    private String text(final String value) {
      if (!utf8.canEncode(value)) {
        throw bad("half of a pair of surrogates stands alone in the header");
      }
      return value;
    }

    private void expect(
        final JsonParser parser, final JsonToken actual, final JsonToken wanted, final String what)
        throws IOException {
      if (actual != wanted) {
        throw bad(
            "%s should be %s, found %s"
                .formatted(what, described(wanted), actual == null ? "the end" : parser.getText()));
      }
    }

    private static String described(final JsonToken wanted) {
      return switch (wanted) {
        case START_OBJECT -> "an object";
        case START_ARRAY -> "a list";
        case VALUE_STRING -> "a text";
        default -> "a whole number";
      };
    }

    private RejectedException bad(final String message) {
      return new RejectedException(BAD_HEADER, file.name() + ": " + message);
    }
  }
}
