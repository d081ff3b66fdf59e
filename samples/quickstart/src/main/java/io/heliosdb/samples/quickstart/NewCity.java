package io.heliosdb.samples.quickstart;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import org.hibernate.validator.constraints.Range;

record NewCity(@NotBlank @Size(max = 200) String name, @NotBlank String regionCode,
		@NotNull @Range(min = -90, max = 90) Double latitude, @NotNull @Range(min = -180, max = 180) Double longitude,
		@NotNull @PositiveOrZero Long population) {
}
