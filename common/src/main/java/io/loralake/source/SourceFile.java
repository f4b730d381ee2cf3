package io.loralake.source;

import io.loralake.safetensors.ByteSource;
import java.io.IOException;
import java.nio.file.Path;

/** A file of a source: its header costs one small request, all of it is fetched when asked for. */
public interface SourceFile extends ByteSource {

  /**
   * The whole file on this machine, checked against the listing; what was downloaded vanishes when
   * it is closed, and when this process is killed. Must be closed by the caller, like this.
   *
   * @param scratch folder for downloads
   */
  ByteSource whole(Path scratch) throws IOException;
}
