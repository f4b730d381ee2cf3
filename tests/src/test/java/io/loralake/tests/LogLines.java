package io.loralake.tests;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs until this is closed. */
public final class LogLines extends AbstractAppender implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger logger;

  public LogLines(final Class<?> of) {
    super(of.getName(), null, null, true, Property.EMPTY_ARRAY);
    logger = LoggerContext.getContext(false).getLogger(of.getName());
    start();
    logger.addAppender(this);
  }

  @Override
  public void append(final LogEvent event) {
    lines.add(event.getMessage().getFormattedMessage());
  }

  public List<String> lines() {
    return lines;
  }

  @Override
  public void close() {
    logger.removeAppender(this);
    stop();
  }
}
