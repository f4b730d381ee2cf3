package io.loralake.tests.index;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;

/** The local disk, on which nobody may look into folders named {@code shut}. */
public final class ShutFolderFileSystem extends LocalFileSystem {
  static final String SCHEME = "shutfolders";

  public ShutFolderFileSystem() {
    super(new Disk());
  }

  private static final class Disk extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create(SCHEME + ":///");
    }

    @Override
    public FileStatus[] listStatus(final Path path) throws IOException {
      if (path.getName().equals("shut")) {
        throw new AccessControlException(path + ": Permission denied");
      }
      return super.listStatus(path);
    }
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }
}
