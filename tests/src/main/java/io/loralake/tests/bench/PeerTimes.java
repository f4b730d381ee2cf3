package io.loralake.tests.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one way of painting takes on the Python side. */
final class PeerTimes {
  private final PeerCrew crew;
  private final String way;
  private final String workers;
  private final List<Double> seconds = new ArrayList<>();

  PeerTimes(final PeerCrew crew, final String way, final String workers) {
    this.crew = crew;
    this.way = way;
    this.workers = workers;
  }

  void measure(final int pictures, final int batch) {
    seconds.add(crew.seconds(way, pictures, batch));
  }

  String name() {
    return way + ", " + workers;
  }

  Path out() {
    return crew.out(way);
  }

  double median() {
    return seconds.stream().sorted().toList().get(seconds.size() / 2);
  }
}
