package io.loralake.jobs.generate.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A shard's rows as parquet: img2dataset's columns, then {@code reason} and {@code json}, the whole
 * record of the picture.
 */
final class OutcomeTable {
  private static final MessageType COLUMNS =
      MessageTypeParser.parseMessageType(
          """
          message picture {
            required binary key (STRING);
            optional binary url (STRING);
            required binary caption (STRING);
            required binary status (STRING);
            optional binary error_message (STRING);
            optional int32 width;
            optional int32 height;
            optional int32 original_width;
            optional int32 original_height;
            optional binary sha256 (STRING);
            optional binary reason (STRING);
            required binary json (STRING);
          }
          """);

  private OutcomeTable() {}

  static void write(final Path file, final List<Outcome> outcomes) throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalFile(file))
            .withType(COLUMNS)
            .withConf(new Configuration(false))
            .withCompressionCodec(CompressionCodecName.GZIP)
            .build()) {
      for (final Outcome outcome : outcomes) {
        writer.write(row(outcome));
      }
    }
  }

  private static Group row(final Outcome outcome) {
    final Group row = new SimpleGroup(COLUMNS);
    row.add("key", outcome.key());
    row.add("caption", outcome.picture().prompt());
    row.add("status", outcome.status());
    if (outcome.isSuccess()) {
      row.add("width", outcome.picture().width());
      row.add("height", outcome.picture().height());
      row.add("original_width", outcome.picture().width());
      row.add("original_height", outcome.picture().height());
      row.add("sha256", outcome.sha256());
    } else {
      row.add("error_message", String.valueOf(outcome.message()));
      row.add("reason", outcome.reason());
    }
    row.add("json", outcome.picture().toJson());
    return row;
  }

  /** A file of this machine, without Hadoop's checksum file beside it. */
  private record LocalFile(Path path) implements OutputFile {
    @Override
    public PositionOutputStream create(final long blockSizeHint) throws IOException {
      return new CountedStream(Files.newOutputStream(path));
    }

    @Override
    public PositionOutputStream createOrOverwrite(final long blockSizeHint) throws IOException {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }
}
