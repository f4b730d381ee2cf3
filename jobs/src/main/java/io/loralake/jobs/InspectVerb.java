package io.loralake.jobs;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "inspect")
final class InspectVerb implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
