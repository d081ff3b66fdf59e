package io.heliosdb.benchmarks;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An {@link Item} as Hibernate reads it. */
@Entity
@Table(name = "item")
class ItemEntity {

	@Id
	private long id;

	private String name;

	private double amount;

	private int category;

	ItemEntity() {
	}

	Item toItem() {
		return new Item(this.id, this.name, this.amount, this.category);
	}

}
