package io.loralake.tests.generate;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.Path;

/** {@link FailingFileSystem} for those who ask for a rename that replaces, as HDFS has it. */
public final class FailingFs extends DelegateToFileSystem {

  /** As Hadoop calls it. */
  public FailingFs(final URI uri, final Configuration configuration)
      throws IOException, URISyntaxException {
    super(uri, new FailingFileSystem(), configuration, uri.getScheme(), false);
  }

  @Override
  public int getUriDefaultPort() {
    return -1;
  }

  @Override
  public void renameInternal(final Path source, final Path target, final boolean overwrite)
      throws IOException {
    if (!fsImpl.rename(source, target)) {
      throw new IOException(target + ": the store " + FailingFileSystem.EXCUSES[1]);
    }
  }
}
