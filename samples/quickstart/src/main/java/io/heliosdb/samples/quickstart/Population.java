package io.heliosdb.samples.quickstart;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.PositiveOrZero;

record Population(@NotNull @PositiveOrZero Long population) {
}
