/** Tests of the tests on a throw-away database. */
package io.heliosdb.boot.test;
