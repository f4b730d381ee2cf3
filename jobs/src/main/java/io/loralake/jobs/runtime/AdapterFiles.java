package io.loralake.jobs.runtime;

import ai.djl.ndarray.NDManager;
import io.loralake.adapter.PeftConfig;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.FileHash;
import io.loralake.safetensors.MappedFile;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FetchException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * Adapter files by their SHA-256, from wherever a catalog found them. What does not lie on this
 * machine is downloaded once into a folder that all its processes may share. No byte is used that
 * does not have the hash. Thread-safe.
 */
public final class AdapterFiles {
  private static final int ATTEMPTS = 3;
  private static final int PAUSE_MILLIS = 500;
  private static final int CHUNK = 1 << 20;

  private final FileStore store;
  private final SiteAccess sites;
  private final DownloadFolder downloads;
  private final Map<String, List<Listed>> places = new ConcurrentHashMap<>();
  private final Map<String, String> sources = new ConcurrentHashMap<>();
  private final Set<String> verified = ConcurrentHashMap.newKeySet(); // id, file and its date

  /**
   * @param sites for adapters that were found on the web
   * @param downloads where they go
   */
  AdapterFiles(final FileStore store, final SiteAccess sites, final DownloadFolder downloads) {
    this.store = store;
    this.sites = sites;
    this.downloads = downloads;
  }

  /**
   * Files that are downloaded into {@link #sharedFolder}.
   *
   * @param sites for adapters that were found on the web
   */
  public static AdapterFiles of(final FileStore store, final SiteAccess sites) throws IOException {
    return new AdapterFiles(store, sites, DownloadFolder.of(sharedFolder()));
  }

  /** As above, for the driver alone: nobody asks for its traffic. */
  public static AdapterFiles alone(final Configuration configuration) throws IOException {
    return of(new FileStore(configuration), SiteAccess.alone(configuration));
  }

  /** This user's folder of this machine for downloads where no other is named. */
  public static Path sharedFolder() {
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        "loralake-adapters-" + System.getProperty("user.name"));
  }

  /** Says where an adapter lies; what was said before is forgotten. */
  public void locate(final String adapterId, final List<Listed> where) {
    places.put(adapterId, where);
  }

  /**
   * Opens an adapter's file; the caller closes it.
   *
   * @throws RejectedException HASH_MISMATCH, when its places have other bytes
   * @throws FetchException GONE when it is at none of its places; why a site refuses it, or
   *     SITE_ERROR, when they fail
   */
  public SafetensorsFile open(final String adapterId) throws IOException {
    RejectedException changed = null;
    FetchException broken = null;
    final List<Listed> found = places.getOrDefault(adapterId, List.of());
    for (final Listed place : found) {
      try {
        final Path path = local(adapterId, place);
        final Optional<String> config = config(place);
        final SafetensorsFile file = SafetensorsFile.open(MappedFile.open(path, place.uri()));
        sources.put(adapterId, place.uri());
        return config.map(it -> PeftConfig.describe(file, it)).orElse(file);
      } catch (final RejectedException e) {
        changed = e;
      } catch (final FileNotFoundException | NoSuchFileException e) {
        continue; // the next place may have it
      } catch (final FetchException e) {
        broken = e.reason() == Reason.GONE ? broken : e;
      } catch (final IOException e) {
        broken = new FetchException(Reason.SITE_ERROR, e.toString(), e);
      }
    }
    if (changed != null) {
      throw changed;
    }
    if (broken != null) {
      throw new FetchException(
          broken.reason(), "adapter " + adapterId + ": " + broken.getMessage(), broken);
    }
    throw new FetchException(
        Reason.GONE,
        "adapter %s is no longer where the catalog found it: %s"
            .formatted(
                adapterId, found.stream().map(Listed::uri).collect(Collectors.joining(", "))));
  }

  /**
   * Loads an adapter's layers.
   *
   * @param manager owns them
   * @throws IOException as {@link #open} does
   */
  public LoadedAdapter load(
      final String adapterId, final AdapterLoader loader, final NDManager manager)
      throws IOException {
    try (SafetensorsFile file = open(adapterId)) {
      return loader.load(adapterId, file, manager);
    }
  }

  /** The place where an adapter was found when it was opened last; empty before that. */
  public Optional<String> source(final String adapterId) {
    return Optional.ofNullable(sources.get(adapterId));
  }

  private Path local(final String adapterId, final Listed place) throws IOException {
    if (place.uri().startsWith("file:")) {
      final Path path = FileStore.localPath(place.uri());
      verify(adapterId, path, place.uri());
      return path;
    }
    final String name = adapterId + ".safetensors";
    final Optional<Path> found = downloads.find(name);
    return found.isPresent() && isWhole(adapterId, found.get())
        ? found.get()
        : download(adapterId, place, name);
  }

  /** A download that is damaged or gone since is no fault of the place that it came from. */
  private boolean isWhole(final String adapterId, final Path download) throws IOException {
    try {
      verify(adapterId, download, download.toString());
      return true;
    } catch (final RejectedException | FileNotFoundException | NoSuchFileException e) {
      return false;
    }
  }

  /** What PEFT says beside a file that it has saved. */
  private Optional<String> config(final Listed place) throws IOException {
    final Optional<String> uri = PeftConfig.beside(place.uri());
    if (uri.isEmpty()) {
      return Optional.empty();
    }
    if (Sites.isWeb(place.uri())) {
      return Optional.of(downloadedConfig(place)).filter(it -> !it.isEmpty());
    }
    return store.exists(uri.get())
        ? Optional.of(store.text(uri.get(), PeftConfig.MAX_BYTES))
        : Optional.empty();
  }

  /**
   * Empty where the site has none: that is kept as well, by the place, since the same bytes may be
   * described otherwise elsewhere.
   */
  private String downloadedConfig(final Listed place) throws IOException {
    final byte[] key = (place.uri() + " " + place.revision()).getBytes(StandardCharsets.UTF_8);
    final String name = UUID.nameUUIDFromBytes(key) + "." + PeftConfig.NAME;
    final Optional<Path> found = downloads.find(name);
    if (found.isPresent()) {
      return Files.readString(found.get());
    }
    return Files.readString(
        downloads.add(name, partial -> Files.writeString(partial, fetchedConfig(place))));
  }

  private String fetchedConfig(final Listed place) throws IOException {
    return sites.with(web -> web.beside(place, PeftConfig.NAME, PeftConfig.MAX_BYTES).orElse(""));
  }

  private void verify(final String adapterId, final Path path, final String name)
      throws IOException {
    final String state = state(adapterId, path);
    if (verified.contains(state)) {
      return;
    }
    final String hash = FileHash.of(path);
    if (!hash.equals(adapterId)) {
      throw new RejectedException(
          Reason.HASH_MISMATCH,
          name + ": its SHA-256 is " + hash + ", the catalog says " + adapterId);
    }
    verified.add(state);
  }

  private static String state(final String adapterId, final Path path) throws IOException {
    return adapterId + " " + path + " " + Files.getLastModifiedTime(path) + " " + Files.size(path);
  }

  private Path download(final String adapterId, final Listed place, final String name)
      throws IOException {
    final Path kept =
        downloads.add(
            name,
            partial -> {
              if (Sites.isWeb(place.uri())) {
                fetch(adapterId, place, partial);
              } else {
                copy(place, partial);
              }
              verify(adapterId, partial, place.uri());
            });
    verified.add(state(adapterId, kept)); // its bytes are those of the partial file
    return kept;
  }

  private void copy(final Listed place, final Path target) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (InputStream in = store.stream(place.uri())) {
        Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
        return;
      } catch (final FileNotFoundException e) {
        throw e;
      } catch (final IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  /** Sites are asked again as often as their settings say. */
  private void fetch(final String adapterId, final Listed place, final Path target)
      throws IOException {
    sites.with(
        web -> {
          try (ByteSource whole =
                  web.find(place.uri(), place.revision(), adapterId).whole(downloads.path());
              FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
            for (long at = 0; at < whole.size(); ) {
              final int length = (int) Math.min(CHUNK, whole.size() - at);
              at += file.write(whole.read(at, length));
            }
            return null;
          }
        });
  }

  private static void pause(final int attempt) throws IOException {
    try {
      Thread.sleep((long) PAUSE_MILLIS * attempt);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted between downloads", e);
    }
  }
}
