package io.loralake.jobs.runtime;

import io.loralake.output.Png;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** A report as one HTML page that needs no network: pictures are inside. */
public final class HtmlPage {
  private static final String STYLE =
      """
      body{font:15px/1.5 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222}
      h1,h2,h3{font-weight:600} table{border-collapse:collapse;display:block;overflow-x:auto} td,th{padding:.2em .8em;text-align:left}
      th{font-weight:600} td.n{text-align:right;font-variant-numeric:tabular-nums}
      tr:nth-child(even){background:#f5f5f5} .short td{white-space:nowrap}
      th:first-child+td:last-child{overflow-wrap:anywhere}
      figure{margin:0} figcaption{font-size:.8em;overflow-wrap:anywhere} img{max-width:100%}
      """;

  private final Document page = Document.createShell("");

  /**
   * @param style CSS beside that which all pages have
   */
  public HtmlPage(final String title, final String style) {
    page.charset(StandardCharsets.UTF_8);
    page.title(title);
    page.head()
        .appendElement("meta")
        .attr("name", "viewport")
        .attr("content", "width=device-width");
    page.head().appendElement("style").text(STYLE + style);
    page.body().appendElement("h1").text(title);
  }

  public HtmlPage(final String title) {
    this(title, "");
  }

  public Element body() {
    return page.body();
  }

  public void heading(final String text) {
    body().appendElement("h2").text(text);
  }

  public void paragraph(final String text) {
    body().appendElement("p").text(text);
  }

  /** An empty table. */
  public Element table(final String id) {
    return body().appendElement("table").attr("id", id);
  }

  /** A line of a table that says one thing. */
  public static void row(final Element table, final String name, final String value) {
    final Element row = table.appendElement("tr");
    row.appendElement("th").text(name);
    row.appendElement("td").text(value);
  }

  /** A table's names of columns. */
  public static void head(final Element table, final List<String> names) {
    final Element head = table.appendElement("tr");
    names.forEach(name -> head.appendElement("th").text(name));
  }

  /** Shows a picture inside an element. */
  public static Element picture(
      final Element where, final BufferedImage picture, final String alt) {
    return picture(where, "png", Png.encode(picture, Map.of()), alt);
  }

  /**
   * Shows a picture inside an element.
   *
   * @param format as media types name it: png, jpeg, webp
   * @return the picture's element
   */
  public static Element picture(
      final Element where, final String format, final byte[] bytes, final String alt) {
    return where
        .appendElement("img")
        .attr("alt", alt)
        .attr(
            "src",
            "data:image/%s;base64,%s".formatted(format, Base64.getEncoder().encodeToString(bytes)));
  }

  /** The whole page. */
  public String html() {
    return "<!DOCTYPE html>\n" + page.outerHtml() + "\n";
  }
}
