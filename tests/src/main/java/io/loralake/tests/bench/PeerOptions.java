package io.loralake.tests.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The Python side of a benchmark. */
final class PeerOptions {
  @Option(names = "--peer", required = true, description = "the Python side, peer.py")
  private Path script;

  @Option(
      names = "--python",
      defaultValue = "${env:PYTHON:-python3}",
      description = "the Python that runs it (default: $PYTHON or python3)")
  private String python;

  /** Starts it and waits until it is ready. */
  Peer start(final String... arguments) throws IOException {
    return new Peer(python, script, arguments);
  }
}
