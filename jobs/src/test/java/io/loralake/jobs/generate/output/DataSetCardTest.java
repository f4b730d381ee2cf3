package io.loralake.jobs.generate.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.generate.plan.Plan;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DataSetCardTest {
  private static final Pattern NAME = Pattern.compile("(?m)^ *- name: (\\w+)$");

  private static String markdown(final boolean loose, final String extension) {
    return markdown(
        new OutputContent(new Totals(3, List.of()), Map.of(), List.of(), List.of()),
        loose,
        extension);
  }

  private static String markdown(
      final OutputContent content, final boolean loose, final String extension) {
    final Plan.Header plan =
        new Plan.Header(
            0,
            Map.of("--fusion", FusionConfig.SUM.toJson()),
            0,
            100,
            "file:/lake",
            1,
            1L,
            "e",
            "0".repeat(64),
            List.of());
    return new DataSetCard(content, plan, loose, extension).markdown();
  }

  private static String frontMatter(final boolean loose, final String extension) {
    return markdown(loose, extension).split("(?m)^---$")[1];
  }

  private static Set<String> fields(final Class<?> type) {
    return Lines.JSON
        .getSerializationConfig()
        .introspect(Lines.JSON.constructType(type))
        .findProperties()
        .stream()
        .map(BeanPropertyDefinition::getName)
        .collect(Collectors.toSet());
  }

  @Test
  void picturesOfTheBaseAloneOweNothingToAdapters() {
    assertThat(markdown(false, "png"))
        .endsWith("## Credits\n\nNo adapter acted on these pictures.\n");
  }

  /** {@code datasets} takes what it has kept unless these lines have changed. */
  @Test
  void cardsTellOutputsApartThatHaveGrown() {
    assertThat(frontMatter(false, "png")).contains("\n  description: \"3 pictures in 0 shards\"\n");
    assertThat(frontMatter(true, "png")).contains("\n  description: \"3 pictures in 0 shards\"\n");
  }

  @Test
  void oneIsNotMany() {
    final OutputContent one =
        new OutputContent(
            new Totals(1, List.of()),
            Map.of(0, new Shards.Stats(1, 1, 0, 0, 0, 0, Map.of(), 0, null, null)),
            List.of(),
            List.of());
    assertThat(markdown(one, false, "png")).contains("description: \"1 picture in 1 shard\"\n");
  }

  /** Hubs show the card with its HTML and its pictures. */
  @Test
  void whatStrangersWroteIsText() {
    final OutputContent.Credit credit =
        new OutputContent.Credit(
            "ab", "<img src=\"//x/y\"> __g__h_i", "a\n\n# b", "![c](http://d/e) | `f`", 1);
    final OutputContent one =
        new OutputContent(new Totals(1, List.of()), Map.of(), List.of(), List.of(credit));
    assertThat(markdown(one, false, "png"))
        .contains("Creators: a # b.\n")
        .contains("Licences of the adapters: !\\[c\\](http://d/e) \\| \\`f\\`.")
        .endsWith(
            "| \\<img src=\"//x/y\"> \\_\\_g\\_\\_h_i | `ab` | a # b"
                + " | !\\[c\\](http://d/e) \\| \\`f\\` | 1 |\n");
  }

  @Test
  void onlyShardsAreForWebDataset() {
    assertThat(frontMatter(false, "png")).contains("\n- webdataset\n");
    assertThat(frontMatter(true, "png")).doesNotContain("- webdataset");
  }

  @Test
  void shardsAreLoadedWithTheTypesOfTheirMembers() {
    final String card = frontMatter(false, "jpg");
    assertThat(card)
        .contains("\n  data_files: \"*.tar\"\n")
        .contains("- name: jpg\n    dtype: image");
    final Set<String> known = new HashSet<>(Set.of("__key__", "jpg", "txt", "json"));
    known.addAll(fields(PictureRecord.class));
    known.addAll(fields(PictureRecord.UsedAdapter.class));
    assertThat(NAME.matcher(card).results().map(name -> name.group(1)))
        .contains("txt", "adapters", "licence")
        .isSubsetOf(known);
  }

  @Test
  void loosePicturesAreLoadedWithTheirPrompts() {
    assertThat(frontMatter(true, "webp"))
        .contains("\n  data_files: [\"*/*.webp\", \"*/metadata.jsonl\"]\n")
        .doesNotContain("dataset_info");
  }
}
