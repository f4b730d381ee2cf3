package io.loralake.jobs.generate.output;

import io.loralake.jobs.generate.Lines;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.WebDataset;
import io.loralake.source.WebDatasetWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A finished batch: a tar file under {@code _parts}, there whole or not at all, which a shard takes
 * up later. Of the same batch always the same but for its times; whoever writes it last wins.
 *
 * @param samples the files of each picture that could be painted
 */
public record Part(Map<String, Map<String, byte[]>> samples, Facts facts) {
  /** No key of a picture. */
  private static final String FACTS = "~batch";

  private static final String END = ".tar";

  /**
   * @param outcomes one for each planned picture, in the order of the batch
   * @param gates how far gates were open; one for each time that pictures were painted
   */
  public record Facts(List<Outcome> outcomes, Seconds seconds, List<GateMeans.Sums> gates) {}

  /**
   * Where the time went.
   *
   * @param adapters waiting for adapters, and gathering them
   * @param painting transformer and decoder
   * @param encoding pictures into files
   */
  public record Seconds(double text, double adapters, double painting, double encoding) {
    static Seconds sum(final Collection<Seconds> all) {
      return new Seconds(
          all.stream().mapToDouble(Seconds::text).sum(),
          all.stream().mapToDouble(Seconds::adapters).sum(),
          all.stream().mapToDouble(Seconds::painting).sum(),
          all.stream().mapToDouble(Seconds::encoding).sum());
    }
  }

  private static String folder(final String out, final int plan) {
    return "%s/_parts/%05d".formatted(out, plan);
  }

  private static String uri(final String out, final int plan, final int batch) {
    return "%s/%07d%s".formatted(folder(out, plan), batch, END);
  }

  /** Writes it under a temporary name, and renames it. */
  public void write(final FileStore store, final String out, final int plan, final int batch)
      throws IOException {
    store.put(
        partial -> {
          try (WebDatasetWriter tar = new WebDatasetWriter(Files.newOutputStream(partial))) {
            for (final Map.Entry<String, Map<String, byte[]>> sample : samples.entrySet()) {
              tar.add(sample.getKey(), sample.getValue());
            }
            tar.add(FACTS, Map.of("json", Lines.of(facts).getBytes(StandardCharsets.UTF_8)));
          }
        },
        uri(out, plan, batch));
  }

  /**
   * Reads a batch that is finished.
   *
   * @throws IllegalArgumentException when it is not there any more
   */
  static Part read(final FileStore store, final String out, final int plan, final int batch)
      throws IOException {
    final InputStream bytes;
    try {
      bytes = store.stream(uri(out, plan, batch));
    } catch (final NoSuchFileException | FileNotFoundException e) {
      throw new IllegalArgumentException(
          "batch %d of plan %d was painted and is not in %s any more: it has to be a folder that all machines see under one path, and that nobody clears meanwhile, as another run into it does at its end; the same command paints what is missing"
              .formatted(batch, plan, out),
          e);
    }
    return read(bytes, uri(out, plan, batch));
  }

  private static Part read(final InputStream bytes, final String uri) throws IOException {
    final Map<String, Map<String, byte[]>> samples = new LinkedHashMap<>();
    Facts facts = null;
    try (WebDataset tar = new WebDataset(bytes)) {
      for (Optional<WebDataset.Sample> sample = tar.next();
          sample.isPresent();
          sample = tar.next()) {
        if (sample.get().key().equals(FACTS)) {
          facts = Lines.JSON.readValue(sample.get().members().get("json"), Facts.class);
        } else {
          samples.put(sample.get().key(), sample.get().members());
        }
      }
    }
    if (facts == null) {
      throw new IOException(uri + " is torn: it does not say what it holds");
    }
    return new Part(samples, facts);
  }

  /** Numbers of the batches that are finished. */
  public static Set<Integer> finished(final FileStore store, final String out, final int plan)
      throws IOException {
    final Set<Integer> numbers = new TreeSet<>();
    for (final Listed file : store.glob(folder(out, plan), "*" + END)) {
      if (!file.name().startsWith(".")) {
        numbers.add(Integer.parseInt(file.name().replace(END, "")));
      }
    }
    return numbers;
  }

  /** Drops the parts of a plan: shards have them. */
  public static void deleteAll(final FileStore store, final String out, final int plan)
      throws IOException {
    store.delete(folder(out, plan));
  }
}
