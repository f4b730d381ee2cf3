package io.loralake.jobs.adapters;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.WholeText;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.WebDataset;
import io.loralake.training.PictureDecoder;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The pictures of a row: files, samples of tars, or lines of a table. */
public final class PictureSource {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final List<String> ENDINGS = List.of("png", "jpg", "jpeg", "webp", "bmp", "gif");
  private static final int MAX_BYTES = 1 << 28;

  private final FileStore store;
  private final AdapterSpec spec;
  private final String root;
  private final PictureDecoder decoder;
  private final List<TrainingPicture> pictures = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final List<Outcome.BadPicture> bad = new ArrayList<>();

  /**
   * @param spec with its size
   * @param root URI of the folder that relative patterns are relative to
   */
  public PictureSource(final FileStore store, final AdapterSpec spec, final String root) {
    this.store = store;
    this.spec = spec;
    this.root = root;
    this.decoder = new PictureDecoder(spec.width(), spec.height());
  }

  private static String resolved(final String path, final String root) {
    return isAbsolute(path) ? path : root + "/" + path;
  }

  private static boolean isAbsolute(final String path) {
    return path.matches("/.*|\\w+:/.*");
  }

  private List<Listed> files() throws IOException {
    final String pattern = spec.pictures();
    return isAbsolute(pattern) ? store.glob(pattern) : store.glob(root, pattern);
  }

  /** Where each of the pictures is that were read, qualified; in a tar by its key. */
  public List<String> names() {
    return names;
  }

  /** Pictures that were left out, so far. */
  public List<Outcome.BadPicture> bad() {
    return bad;
  }

  /**
   * Reads and decodes all of them.
   *
   * @throws RejectedException when none is left
   * @throws IOException when a file cannot be read: it may be worth another try
   */
  public List<TrainingPicture> read() throws IOException {
    for (final Listed file : files()) {
      final String uri = file.uri();
      if (uri.endsWith(".tar") || uri.endsWith(".tar.gz") || uri.endsWith(".tgz")) {
        readTar(uri);
      } else if (uri.endsWith(".jsonl")) {
        readTable(uri);
      } else if (isPicture(uri)) {
        add(uri, store.bytes(uri, MAX_BYTES), captionsBeside(uri), true);
      }
    }
    if (pictures.isEmpty()) {
      throw new RejectedException(
          Reason.NO_PICTURES,
          spec.name()
              + ": "
              + (bad.isEmpty()
                  ? "no picture is called " + resolved(spec.pictures(), root) + selected()
                  : "none of "
                      + Amount.of(bad.size(), "picture")
                      + " can be used: "
                      + bad.get(0).message()));
    }
    return pictures;
  }

  private String selected() {
    return spec.select().isEmpty() ? "" : " with " + spec.select();
  }

  private static boolean isPicture(final String name) {
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  private List<String> captionsBeside(final String uri) throws IOException {
    final String name = Listed.name(uri);
    final String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
    final String text = Listed.folder(uri) + "/" + stem + ".txt";
    return store.exists(text) ? List.of(store.text(text, MAX_BYTES).strip()) : List.of();
  }

  private void readTar(final String uri) throws IOException {
    try (WebDataset tar = new WebDataset(store.stream(uri))) {
      Optional<WebDataset.Sample> sample = tar.next();
      while (sample.isPresent()) {
        readSample(uri + "#" + sample.get().key(), sample.get().members());
        sample = tar.next();
      }
    }
  }

  private void readSample(final String name, final Map<String, byte[]> members) {
    final JsonNode facts;
    try {
      facts = JSON.readTree(members.getOrDefault("json", "{}".getBytes(StandardCharsets.UTF_8)));
    } catch (final IOException e) {
      reject(name, "its JSON cannot be read: " + e.getMessage());
      return;
    }
    if (spec.select().entrySet().stream()
        .anyMatch(wanted -> !wanted.getValue().equals(facts.get(wanted.getKey())))) {
      return;
    }
    final Optional<String> ending = ENDINGS.stream().filter(members::containsKey).findFirst();
    if (ending.isEmpty()) {
      reject(name, "it has no " + ENDINGS + " but " + members.keySet());
      return;
    }
    final List<String> captions = captions(facts);
    final byte[] text = members.get("txt");
    add(
        name,
        members.get(ending.get()),
        captions.isEmpty() && text != null ? List.of(FileStore.text(text).strip()) : captions,
        facts.path("mirrorable").asBoolean(true));
  }

  private void readTable(final String uri) throws IOException {
    final String folder = Listed.folder(uri);
    for (final String line : store.text(uri, MAX_BYTES).lines().toList()) {
      if (line.isBlank()) {
        continue;
      }
      final JsonNode row;
      try {
        row = JSON.readTree(line);
      } catch (final JsonProcessingException e) {
        reject(uri, "a line is no JSON: " + e.getOriginalMessage());
        continue;
      }
      final String picture = row.path("picture").asText();
      final String path = resolved(picture, folder);
      if (picture.isEmpty() || !store.exists(path)) {
        reject(uri, "there is no picture '" + picture + "'");
      } else {
        final List<String> captions = captions(row);
        add(
            store.qualify(path),
            store.bytes(path, MAX_BYTES),
            captions.isEmpty() ? captionsBeside(path) : captions,
            true);
      }
    }
  }

  private static List<String> captions(final JsonNode facts) {
    final JsonNode several = facts.path("captions");
    final Stream<JsonNode> found =
        several.isArray()
            ? stream(several)
            : Stream.of(several.isTextual() ? several : facts.path("caption"));
    return found.filter(JsonNode::isTextual).map(JsonNode::asText).toList();
  }

  private static Stream<JsonNode> stream(final JsonNode array) {
    final List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    return elements.stream();
  }

  private void add(
      final String name, final byte[] encoded, final List<String> own, final boolean mirrorable) {
    final List<String> captions =
        Stream.of(own, spec.captions())
            .map(list -> list.stream().filter(caption -> !caption.isBlank()).toList())
            .filter(list -> !list.isEmpty())
            .findFirst()
            .orElse(List.of());
    if (captions.isEmpty()) {
      reject(name, "it has no caption, nor has the row");
      return;
    }
    final Optional<String> torn = captions.stream().filter(it -> !WholeText.is(it)).findFirst();
    if (torn.isPresent()) {
      reject(name, "its caption is %s, allowed is %s".formatted(torn.get(), WholeText.ALLOWED));
      return;
    }
    try {
      final float[] pixels = decoder.decode(name, encoded);
      pictures.add(new TrainingPicture(pixels, captions));
      names.add(name);
      if (spec.flip() && mirrorable) {
        pictures.add(new TrainingPicture(decoder.mirrored(pixels), captions));
        names.add(name);
      }
    } catch (final RejectedException e) {
      bad.add(Outcome.BadPicture.of(name, e));
    }
  }

  private void reject(final String name, final String why) {
    bad.add(
        Outcome.BadPicture.of(name, new RejectedException(Reason.BAD_PICTURE, name + ": " + why)));
  }
}
