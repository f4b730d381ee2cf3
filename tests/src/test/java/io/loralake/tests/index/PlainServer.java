package io.loralake.tests.index;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server of files that tells nothing but their length; what it does not have it forbids, as a
 * store does without the right to list.
 */
final class PlainServer implements AutoCloseable {
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final HttpServer server;

  PlainServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          final byte[] file = files.get(exchange.getRequestURI().getPath());
          final boolean isHead = exchange.getRequestMethod().equals("HEAD");
          if (file == null) {
            exchange.sendResponseHeaders(403, -1);
          } else if (isHead) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(file.length));
            exchange.sendResponseHeaders(200, -1);
          } else {
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file);
          }
          exchange.close();
        });
    server.start();
  }

  void put(final String path, final byte[] file) {
    files.put(path, file);
  }

  String address(final String path) {
    return "http://localhost:" + server.getAddress().getPort() + path;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
