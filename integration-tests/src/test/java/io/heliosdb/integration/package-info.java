/** The tools that applications use, at work on HeliosDB. */
package io.heliosdb.integration;
