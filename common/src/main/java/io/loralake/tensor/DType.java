package io.loralake.tensor;

import java.util.Optional;

/** Element types of the safetensors format, by the names that its headers use. */
public enum DType {
  BOOL(8),
  U8(8),
  I8(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  F64(64),
  I64(64),
  U64(64),
  C64(64);

  private final int bits;

  DType(final int bits) {
    this.bits = bits;
  }

  public static Optional<DType> find(final String name) {
    for (final DType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Size of one element in bits. */
  public int bits() {
    return bits;
  }

  /**
   * Size of one element in bytes.
   *
   * @throws IllegalStateException when elements share bytes
   */
  public int bytes() {
    if (bits % 8 != 0) {
      throw new IllegalStateException("Elements of " + this + " share bytes");
    }
    return bits / 8;
  }

  /** Whether {@link Widening} can turn elements of this type into floats. */
  public boolean isFloat() {
    return switch (this) {
      case F8_E4M3, F8_E5M2, F16, BF16, F32, F64 -> true;
      default -> false;
    };
  }

  /** Whether {@link Widening#scalar} reads a value of this type. */
  public boolean isScalar() {
    return switch (this) {
      case BOOL, F4, F6_E2M3, F6_E3M2, C64 -> false;
      case F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> false;
      default -> true;
    };
  }
}
