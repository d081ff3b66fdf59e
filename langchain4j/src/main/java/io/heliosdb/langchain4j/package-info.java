/**
 * LangChain4j's embedding store in HeliosDB. Plain Java, no Spring.
 */
package io.heliosdb.langchain4j;
