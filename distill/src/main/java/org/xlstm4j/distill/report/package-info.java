/**
 * A judgement to be read: {@link org.xlstm4j.distill.report.JudgementReport} as one HTML page, which needs nothing but
 * itself, or as Markdown.
 */
package org.xlstm4j.distill.report;
