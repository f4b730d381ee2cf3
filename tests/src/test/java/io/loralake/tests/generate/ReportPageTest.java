package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.ModelFolder;
import io.loralake.model.LayerTable;
import io.loralake.tests.VerbRun;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.htmlunit.BrowserVersion;
import org.htmlunit.WebClient;
import org.htmlunit.WebRequest;
import org.htmlunit.WebResponse;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlImage;
import org.htmlunit.html.HtmlPage;
import org.htmlunit.html.HtmlTable;
import org.htmlunit.util.WebConnectionWrapper;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code report.html} as a browser sees it. */
class ReportPageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> PROMPTS =
      List.of("blueprint drawings of a smiling face", "grayscale drawings of fruit", "an <apple>");

  @TempDir private static Path root;

  private static PictureLake lake;
  private static URL address;

  @BeforeAll
  static void paint() throws IOException {
    lake = new PictureLake(root).index(9).align();
    final Path rows = Files.write(root.resolve("prompts.txt"), PROMPTS);
    final VerbRun run =
        lake.generate(rows, "out", "--k", "2", "--gates", lake.randomGates().toString());
    assertThat(run.code()).as(run.out()).isZero();
    address = lake.out("out").resolve("report.html").toUri().toURL();
  }

  @Test
  void aBrowserShowsAllOfItWithoutANetwork() throws IOException {
    final List<URL> requests = new ArrayList<>();
    try (WebClient browser = new WebClient(BrowserVersion.FIREFOX)) {
      browser.getOptions().setThrowExceptionOnScriptError(true);
      browser.getOptions().setDownloadImages(true);
      new WebConnectionWrapper(browser) { // files and data: addresses do not come here
        @Override
        public WebResponse getResponse(final WebRequest request) throws IOException {
          requests.add(request.getUrl());
          return super.getResponse(request);
        }
      };
      final HtmlPage page = browser.getPage(address);
      assertThat(page.getTitleText()).isEqualTo("Generated pictures");
      assertPictures(page);
      assertTables(page);
      assertThat(page.querySelectorAll("[href], script, iframe, link, object")).isEmpty();
      assertThat(page.<DomElement>getByXPath("//*[@src]"))
          .allMatch(element -> element.getAttribute("src").startsWith("data:image/png;base64,"));
    }
    assertThat(requests).isEmpty();
  }

  private static void assertPictures(final HtmlPage page) throws IOException {
    final List<HtmlImage> images = page.getByXPath("//figure/img");
    assertThat(images).extracting(HtmlImage::getAltAttribute).hasSameElementsAs(PROMPTS);
    for (final HtmlImage image : images) {
      final BufferedImage picture = ImageIO.read(image.getWebResponse(true).getContentAsStream());
      assertThat(image.getWidth()).isEqualTo(32);
      assertThat(colours(picture)).isGreaterThan(10);
    }
    assertThat(page.<DomElement>getByXPath("//figcaption/div[1]"))
        .extracting(DomElement::asNormalizedText)
        .hasSameElementsAs(PROMPTS);
  }

  private static void assertTables(final HtmlPage page) throws IOException {
    final HtmlTable totals = page.getHtmlElementById("totals");
    assertThat(totals.getRow(0).asNormalizedText()).contains("pictures", "3");
    assertThat(((HtmlTable) page.getHtmlElementById("speed")).getRowCount()).isEqualTo(8);
    final Set<String> adapters = new TreeSet<>();
    for (final Map<String, byte[]> members : lake.samples("out").values()) {
      final JsonNode told = JSON.readTree(members.get("json"));
      told.get("adapters").forEach(each -> adapters.add(each.get("adapter_id").asText()));
    }
    assertThat(((HtmlTable) page.getHtmlElementById("credits")).getRowCount())
        .isEqualTo(1 + adapters.size());
    final int layers =
        LayerTable.of(ModelFolder.open(PictureLake.BASE).transformerConfig()).blockLayers().size();
    assertThat(page.asNormalizedText()).contains(" steps, by layer and step.");
    final HtmlTable gates = page.getHtmlElementById("gates");
    assertThat(gates.getRowCount()).isEqualTo(1 + layers);
    for (int row = 1; row <= layers; row++) {
      assertThat(gates.getRow(row).getCells()).hasSameSizeAs(gates.getRow(0).getCells());
      assertThat(Double.parseDouble(gates.getCellAt(row, 1).getTextContent())).isBetween(0.0, 1.0);
    }
  }

  /** Where Chromium is there it paints the page. */
  @Test
  void chromiumPaintsIt() throws IOException, InterruptedException {
    final Optional<Path> chromium = chromium();
    assumeTrue(chromium.isPresent(), "no chromium on PATH");
    final Path screenshot = root.resolve("screenshot.png");
    final Path log = root.resolve("chromium.log");
    final Process browser =
        new ProcessBuilder(
                chromium.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--enable-logging=stderr",
                "--user-data-dir=" + root.resolve("chromium"),
                "--window-size=1200,1600",
                "--screenshot=" + screenshot,
                address.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(browser.waitFor(2, TimeUnit.MINUTES)).isTrue();
    final String told = Files.readString(log, StandardCharsets.UTF_8);
    assertThat(screenshot).as(told).exists();
    assertThat(told).doesNotContain("CONSOLE");
    final BufferedImage picture = ImageIO.read(screenshot.toFile());
    assertThat(picture.getWidth()).isEqualTo(1200);
    assertThat(colours(picture)).isGreaterThan(500);
  }

  private static Optional<Path> chromium() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> Stream.of("chromium", "chromium-browser").map(Path.of(folder)::resolve))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static int colours(final BufferedImage picture) {
    return Arrays.stream(
            picture.getRGB(
                0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth()))
        .boxed()
        .collect(Collectors.toSet())
        .size();
  }
}
