package io.loralake.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may know which: the way data takes, from left to right. */
@AnalyzeClasses(
    packages = {"io.loralake"},
    importOptions = ImportOption.DoNotIncludeTests.class)
class PackageRulesTest {
  private static final String ROOT = "io.loralake.";

  /** The way data takes; a package knows only those before it, and the base packages. */
  private static final List<String> WAY =
      List.of(
          "source", "adapter", "encoder", "catalog", "retrieval", "fusion", "diffusion", "output");

  /** Known to all, in the order in which they know each other. */
  private static final List<String> BASE =
      List.of("rejection", "tensor", "safetensors", "model", "text");

  /** Learn from everything on the way. */
  private static final List<String> END = List.of("training", "alignment", "lab");

  private static final Set<String> OUTSIDE = Set.of("jobs", "tests");

  @ArchTest
  static final ArchRule noCycles = slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule noCyclesAmongJobs =
      slices().matching(ROOT + "jobs.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule sparkStaysAtTheEdge =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "jobs..", ROOT + "tests..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "io.delta..", "scala..");

  /**
   * Databricks and EMR have Deltas of their own, which share no more than that with the open one.
   */
  @ArchTest
  static final ArchRule deltaIsAskedThroughWhatItPublishes =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "jobs..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark.sql.delta..");

  /** See {@link io.loralake.tensor.TorchOps#scaled}: their backward pass reads freed memory. */
  @ArchTest
  static final ArchRule numbersAreMultipliedByTorchOps =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + "model", ROOT + "diffusion", ROOT + "fusion", ROOT + "training", ROOT + "lab")
          .should()
          .callMethod(NDArray.class, "mul", Number.class)
          .orShould()
          .callMethod(NDArray.class, "div", Number.class)
          .orShould()
          .callMethod(NDArray.class, "pow", Number.class);

  /** Where PyTorch is loaded otherwise, last bits depend on what a thread did before. */
  @ArchTest
  static final ArchRule managersComeFromPyTorch =
      noClasses()
          .that()
          .areNotAssignableTo(PyTorch.class)
          .should()
          .callMethodWhere(
              target(owner(equivalentTo(NDManager.class))).and(target(name("newBaseManager"))));

  @ArchTest
  static final ArchRule hadoopFilesStayInSource =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "source..", ROOT + "jobs..", ROOT + "tests..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.hadoop..");

  @ArchTest
  static final ArchRule jobsOpenNoFilesThemselves =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "jobs..")
          .should()
          .dependOnClassesThat()
          .haveNameMatching("org\\.apache\\.hadoop\\.fs\\.(FileSystem|FSData\\w+Stream)");

  @ArchTest
  static void aPackageKnowsOnlyThoseToItsLeft(final JavaClasses classes) {
    final List<String> order = new ArrayList<>(BASE);
    order.addAll(WAY);
    order.addAll(END);
    for (int i = 0; i < order.size(); i++) {
      noClasses()
          .that()
          .resideInAPackage(ROOT + order.get(i) + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(later(order, i))
          .allowEmptyShould(true)
          .check(classes);
    }
  }

  private static String[] later(final List<String> order, final int index) {
    return Stream.concat(order.stream().skip(index + 1L), OUTSIDE.stream())
        .map(name -> ROOT + name + "..")
        .toArray(String[]::new);
  }

  /** A package that this test does not know would escape its rules. */
  @Test
  void everyPackageHasItsPlace() {
    final JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.loralake");
    final Set<String> found =
        classes.stream()
            .map(JavaClass::getPackageName)
            .map(name -> name.substring(ROOT.length()).replaceFirst("\\..*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    final Set<String> known = new TreeSet<>(BASE);
    known.addAll(WAY);
    known.addAll(END);
    known.addAll(OUTSIDE);
    assertThat(known).containsAll(found);
    assertThat(found).contains("source", "adapter", "encoder", "jobs");
  }
}
