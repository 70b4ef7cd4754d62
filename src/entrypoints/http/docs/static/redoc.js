"use strict";

const SANS = "system-ui, sans-serif";
const MONOSPACE = "ui-monospace, monospace";

// No search: its index runs in a worker made from a blob, which the page's Content-Security-Policy does not let pass.
// The fonts are the system's own; ReDoc's theme names some that would have to be loaded.
Redoc.init(
  "openapi.json",
  {
    disableSearch: true,
    expandResponses: "200",
    jsonSampleExpandLevel: "all",
    requiredPropsFirst: true,
    theme: {
      typography: {
        fontFamily: SANS,
        headings: { fontFamily: SANS },
        code: { fontFamily: MONOSPACE },
      },
    },
  },
  document.getElementById("docs"),
);
