package io.loralake.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.output.Png;
import io.loralake.safetensors.AtomicFile;
import io.loralake.source.WebDataset;
import io.loralake.source.WebDatasetWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;

/**
 * Pictures in gzipped tar files of the WebDataset layout: {@code KEY.png} and then {@code KEY.json}
 * for each sample. The same pictures give the same bytes.
 */
public final class PictureShards {
  /** How a shard's file name ends. */
  public static final String SUFFIX = ".tar.gz";

  private static final String PNG = "png";
  private static final String JSON = "json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private PictureShards() {}

  /** Writes one shard. */
  public static void write(final Path shard, final List<LabPicture> pictures) throws IOException {
    AtomicFile.write(shard, partial -> writeNew(partial, pictures));
  }

  private static void writeNew(final Path shard, final List<LabPicture> pictures)
      throws IOException {
    try (OutputStream file = Files.newOutputStream(shard);
        WebDatasetWriter samples = new WebDatasetWriter(new GZIPOutputStream(file))) {
      for (final LabPicture picture : pictures) {
        final Map<String, byte[]> members = new LinkedHashMap<>();
        members.put(PNG, Png.encode(picture.image(), Map.of()));
        members.put(JSON, MAPPER.writeValueAsBytes(picture.facts()));
        samples.add(picture.facts().key(), members);
      }
    }
  }

  /** All pictures of the shards in a folder, in the order of the shards' names. */
  public static List<LabPicture> readAll(final Path folder) throws IOException {
    final List<Path> shards;
    try (Stream<Path> files = Files.list(folder)) {
      shards = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    final List<LabPicture> pictures = new ArrayList<>();
    for (final Path shard : shards) {
      pictures.addAll(read(shard));
    }
    return pictures;
  }

  /**
   * All pictures of a shard, in their order.
   *
   * @throws IllegalArgumentException naming the shard and what in it is not as {@link #write}
   *     writes it
   */
  public static List<LabPicture> read(final Path shard) {
    try (WebDataset samples = new WebDataset(Files.newInputStream(shard))) {
      final List<LabPicture> pictures = new ArrayList<>();
      for (var sample = samples.next(); sample.isPresent(); sample = samples.next()) {
        pictures.add(picture(sample.get()));
      }
      return pictures;
    } catch (final IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException("Shard " + shard + ": " + e.getMessage(), e);
    }
  }

  private static LabPicture picture(final WebDataset.Sample sample) throws IOException {
    final byte[] png = sample.members().get(PNG);
    final BufferedImage image = png == null ? null : ImageIO.read(new ByteArrayInputStream(png));
    if (image == null
        || image.getWidth() != LabPicture.SIDE
        || image.getHeight() != LabPicture.SIDE) {
      throw new IOException(sample.key() + " has no PNG of " + LabPicture.SIDE + " pixels a side");
    }
    final byte[] json = sample.members().get(JSON);
    if (json == null) {
      throw new IOException(sample.key() + " has no JSON");
    }
    return new LabPicture(MAPPER.readValue(json, PictureFacts.class), LabPicture.pixels(image));
  }
}
