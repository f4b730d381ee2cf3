package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by either library are the same but for rounding. */
class OneDnnTest {

  @ParameterizedTest
  @CsvSource({"512, 64, 96", "77, 300, 127", "32, 4096, 17", "33, 1, 70000"})
  void productsEqualThoseInFloat64(final int rows, final int in, final int out) {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(rows, in));
      final NDArray weight = manager.randomNormal(new Shape(out, in));
      final NDArray bias = manager.randomNormal(new Shape(out));
      final NDArray products = wide(x).matMul(wide(weight).transpose());
      assertClose(TorchOps.linear(x, weight, null), products, in);
      assertClose(TorchOps.linear(x, weight, bias), products.add(wide(bias)), in);
    }
  }

  @Test
  void stridesAndLeadingAxesAreHeeded() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray a = manager.randomNormal(new Shape(200, 150)).transpose(); // (150, 200)
      final NDArray b = manager.randomNormal(new Shape(200, 100));
      final NDArray products = wide(a).matMul(wide(b));
      assertClose(TorchOps.product(a, b), products, 200);

      final NDArray weight = b.transpose(); // (100, 200)
      final NDArray folded = TorchOps.linear(a.reshape(2, 75, 200), weight, null);
      assertThat(folded.getShape()).isEqualTo(new Shape(2, 75, 100));
      assertClose(folded.reshape(150, 100), products, 200);
    }
  }

  @ParameterizedTest
  @CsvSource({"80", "81"}) // rows of either half: oneDNN takes multiples of 16 together
  void aTapeGetsTheGradientsOfEitherLibrary(final int rows) {
    try (NDManager manager = PyTorch.manager();
        GradientTape tape = new GradientTape()) {
      final NDArray x = manager.randomNormal(new Shape(2, rows, 300));
      final NDArray weight = manager.randomNormal(new Shape(400, 300));
      final NDArray bias = manager.randomNormal(new Shape(400));
      final NDArray upstream = manager.randomNormal(new Shape(2, rows, 400));
      final List<NDArray> variables = List.of(x, weight, bias);
      variables.forEach(variable -> variable.setRequiresGradient(true));

      final NDArray y = TorchOps.linear(x, weight, bias);
      tape.backward(y, upstream);
      final List<NDArray> gradients =
          variables.stream().map(variable -> variable.getGradient().duplicate()).toList();
      variables.forEach(variable -> variable.getGradient().subi(variable.getGradient()));
      final NDArray plain = x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
      tape.backward(plain, upstream);

      assertThat(y.getShape()).isEqualTo(plain.getShape());
      assertClose(y, wide(plain), 300);
      for (int i = 0; i < gradients.size(); i++) {
        assertClose(gradients.get(i), wide(variables.get(i).getGradient()), 400);
      }
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64") // where PyTorch has oneDNN
  void otherFormatsAndSmallProductsAreLeftToPyTorch() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(128, 256));
      final NDArray weight = manager.randomNormal(new Shape(256, 256));
      final NDArray bias = manager.zeros(new Shape(256));

      assertThat(OneDnn.suits(x, weight, bias)).isTrue();
      assertThat(OneDnn.suits(x, weight, null)).isTrue();
      assertThat(OneDnn.suits(x.get("0:16"), weight, bias)).isFalse();
      assertThat(OneDnn.suits(wide(x), wide(weight), null)).isFalse();
      assertThat(OneDnn.suits(TorchOps.toBf16(x), TorchOps.toBf16(weight), null)).isFalse();
      try (GradientTape tape = new GradientTape()) {
        assertThat(OneDnn.suits(x, weight, bias)).isTrue();
        assertThat(OneDnn.suits(x, weight, null)).isFalse();
        assertThat(OneDnn.suits(x.get("0:120"), weight, bias)).isFalse();
      }
    }
  }

  private static NDArray wide(final NDArray x) {
    return x.toType(DataType.FLOAT64, true);
  }

  /** Sums of so many products of numbers around 1. */
  private static void assertClose(final NDArray actual, final NDArray expected, final int terms) {
    final NDArray off = wide(actual).sub(expected).abs().max();
    assertThat(off.getDouble()).isCloseTo(0, within(2e-6 * terms));
  }
}
