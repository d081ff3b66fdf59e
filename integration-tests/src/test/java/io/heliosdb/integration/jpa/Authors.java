package io.heliosdb.integration.jpa;

import java.util.List;
import java.util.Optional;

import jakarta.persistence.LockModeType;

import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;

interface Authors extends JpaRepository<Author, Long> {

	Slice<Author> findByActiveTrue(Pageable pageable);

	List<Author> findByNameContainingIgnoreCase(String text);

	List<Author> findByNameStartingWith(String prefix);

	@EntityGraph(attributePaths = "books")
	Optional<Author> findWithBooksByName(String name);

	@Lock(LockModeType.PESSIMISTIC_WRITE)
	Optional<Author> findLockedByName(String name);

	@Query("select a.name, count(b), max(b.price), year(max(b.published)) from Author a left join a.books b "
			+ "group by a.name having count(b) > :least order by count(b) desc, a.name")
	List<Object[]> statistics(long least);

	@Query("select b.title from Book b where b.price > (select avg(c.price) from Book c) order by b.title")
	List<String> titlesAboveTheAverage();

	@Modifying
	@Query("update Author a set a.active = false where a.books is empty")
	int deactivateIdle();

	@NativeQuery("SELECT * FROM author AS OF SCN :scn WHERE id = :id")
	Optional<Author> findAsOf(long id, long scn);

}
