// Draws the document that the page names.
'use strict';

const reference = document.getElementById('reference');
const font = 'system-ui, sans-serif';

Redoc.init(
  reference.dataset.document,
  { hideDownloadButton: true, theme: { typography: { fontFamily: font, headings: { fontFamily: font } } } },
  reference,
);
