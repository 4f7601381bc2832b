/**
 * The part of Jinja that chat templates are written in, evaluated as Python's jinja2 does in its sandbox, and refusing
 * by name what it does not know; template text reaches no Java object. {@link org.xlstm4j.jinja.Template} is the way in.
 */
package org.xlstm4j.jinja;
