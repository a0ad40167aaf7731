"""Reports as documents: a workbook, a page in one file, pictures. The same tables and charts as on the pages.

Owns how a report looks as a file. Computes nothing: what is in a document was asked of
`connector.reports.figures`, and its pictures are those of `connector.reports.charts`.
"""
