/**
 * Teachers and students in SameDiff and DL4J: imported from Hugging Face folders as models, graphs and layers of DL4J
 * nets by {@link org.xlstm4j.modelimport.TeacherImport}, exported again by
 * {@link org.xlstm4j.modelimport.TeacherExport}.
 */
package org.xlstm4j.modelimport;
