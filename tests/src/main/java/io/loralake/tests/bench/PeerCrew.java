package io.loralake.tests.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Python processes that share the pictures of one measurement. */
final class PeerCrew implements AutoCloseable {
  private final List<Peer> peers = new ArrayList<>();
  private final Path inputs;

  /**
   * @param threads of each process
   */
  PeerCrew(
      final PeerOptions python,
      final Path base,
      final Path inputs,
      final int processes,
      final int threads)
      throws IOException {
    this.inputs = inputs;
    for (int i = 0; i < processes; i++) {
      peers.add(python.start(base.toString(), inputs.toString(), String.valueOf(threads)));
    }
  }

  String description() {
    return peers.get(0).description();
  }

  /** Where the pictures of a way come to lie. */
  Path out(final String way) {
    return inputs.resolve(way + "-" + peers.size());
  }

  /** Seconds until the last process has painted its share. */
  double seconds(final String way, final int pictures, final int batch) {
    final List<CompletableFuture<Double>> answers = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) {
      final Peer peer = peers.get(i);
      final Map<String, Object> request =
          Map.of(
              "way",
              way,
              "from",
              pictures * i / peers.size(),
              "to",
              pictures * (i + 1) / peers.size(),
              "batch",
              batch,
              "out",
              out(way).toString());
      answers.add(CompletableFuture.supplyAsync(() -> ask(peer, request)));
    }
    return answers.stream().mapToDouble(CompletableFuture::join).max().orElseThrow();
  }

  private static double ask(final Peer peer, final Map<String, Object> request) {
    try {
      return peer.ask(request).get("seconds").asDouble();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (final Peer peer : peers) {
      peer.close();
    }
  }
}
