/** What the tests of the training stages share: a tiny teacher, its student and random documents. */
package org.xlstm4j.distill.testing;
