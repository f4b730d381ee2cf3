package io.loralake.text;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that reads sentences without end, and says on its output when it begins; when it is
 * told to end, how many it has read once that has gone on for a while, and a second later.
 */
final class EndlessSentences {
  private static final List<String> SENTENCES =
      Collections.nCopies(4, "a pencil drawing of an owl");
  private static final AtomicInteger READ = new AtomicInteger();

  private EndlessSentences() {}

  public static void main(final String[] args) throws IOException, InterruptedException {
    final MiniLmSentences model = new MiniLmSentences(warning -> {});
    Runtime.getRuntime().addShutdownHook(new Thread(EndlessSentences::tell));
    final Thread task = new Thread(() -> read(model));
    task.setDaemon(true); // as Spark's are
    task.start();
    task.join();
  }

  private static void read(final MiniLmSentences model) {
    System.out.println("reads");
    while (true) {
      model.sentences(SENTENCES);
      READ.incrementAndGet();
    }
  }

  private static void tell() {
    try {
      TimeUnit.MILLISECONDS.sleep(500); // until what was under way has ended
      System.out.println(READ);
      TimeUnit.SECONDS.sleep(1);
      System.out.println(READ);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
