package io.loralake.fusion;

import java.util.Map;
import java.util.Optional;

/** Gates decide, layer by layer; layers without a gate add their adapters up. */
public record GatedStrategy(Map<String, Gate> gates) implements Strategy {

  @Override
  public double weight(final int position, final int count) {
    return 1;
  }

  @Override
  public Optional<Gate> gate(final String layer) {
    return Optional.ofNullable(gates.get(layer));
  }
}
