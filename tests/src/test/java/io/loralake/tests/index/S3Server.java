package io.loralake.tests.index;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.TransientApiMetadata;

/** A real S3 server in this JVM with one bucket, which the tests' session knows. */
public final class S3Server implements AutoCloseable {
  public static final String BUCKET = "s3a://lake";

  private static final String KEY = "local";
  private static final String SECRET = "secret";

  private final BlobStoreContext store;
  private final S3Proxy server;
  private final FileSystem files;

  public S3Server() throws Exception {
    store =
        ContextBuilder.newBuilder(new TransientApiMetadata())
            .credentials(KEY, SECRET)
            .buildView(BlobStoreContext.class);
    store.getBlobStore().createContainerInLocation(null, "lake");
    server =
        S3Proxy.builder()
            .blobStore(store.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
            .build();
    server.start();
    final Configuration hadoop = SharedSpark.session().sparkContext().hadoopConfiguration();
    hadoop.set("fs.s3a.endpoint", "http://127.0.0.1:" + server.getPort());
    hadoop.set("fs.s3a.access.key", KEY);
    hadoop.set("fs.s3a.secret.key", SECRET);
    hadoop.set("fs.s3a.path.style.access", "true");
    hadoop.set("fs.s3a.connection.ssl.enabled", "false");
    hadoop.set("fs.s3a.attempts.maximum", "2");
    hadoop.set("fs.s3a.retry.limit", "1");
    hadoop.set("fs.s3a.connection.timeout", "5000");
    files = FileSystem.get(URI.create(BUCKET), hadoop);
  }

  /** The bucket. */
  public FileSystem files() {
    return files;
  }

  public void upload(final Path file, final String uri) throws IOException {
    try (OutputStream object = files.create(new org.apache.hadoop.fs.Path(uri), true)) {
      Files.copy(file, object);
    }
  }

  /** Forgets the bucket as well: Hadoop would ask the old port for the next one. */
  @Override
  public void close() throws Exception {
    FileSystem.closeAll();
    server.stop();
    store.close();
  }
}
