package io.loralake.fusion;

/** An adapter and the strength that a user asked for; 1 is the adapter as it was trained. */
public record ScaledAdapter(LoadedAdapter adapter, double scale) {}
