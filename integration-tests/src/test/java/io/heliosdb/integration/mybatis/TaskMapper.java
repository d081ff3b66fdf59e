package io.heliosdb.integration.mybatis;

import java.util.List;

import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Mapper;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.cursor.Cursor;

@Mapper
interface TaskMapper {

	@Insert("INSERT INTO task (title, done, priority, due, created) "
			+ "VALUES (#{title}, #{done}, #{priority}, #{due}, #{created})")
	@Options(useGeneratedKeys = true, keyProperty = "id")
	int insert(Task task);

	int insertAll(List<Task> tasks);

	@Select("SELECT * FROM task WHERE id = #{id}")
	Task find(long id);

	List<Task> search(@Param("text") String text, @Param("ids") List<Long> ids);

	@Select("SELECT * FROM task ORDER BY id")
	Cursor<Task> all();

	@Update("UPDATE task SET done = #{done} WHERE id = #{id}")
	int setDone(@Param("id") long id, @Param("done") boolean done);

	@Insert("INSERT INTO label (task_id, name) VALUES (#{task}, #{name})")
	int label(@Param("task") long task, @Param("name") String name);

	@Select("SELECT * FROM task AS OF SCN #{scn} WHERE id = #{id}")
	Task findAsOf(@Param("id") long id, @Param("scn") long scn);

}
