package io.heliosdb.samples.semanticsearch;

import java.nio.file.Path;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is searched.
 *
 * @param folder the folder whose texts and Markdown files are indexed, with those below
 * it
 */
@ConfigurationProperties("semantic-search")
record SearchProperties(@DefaultValue("docs") Path folder) {
}
