// The one global name: every file hangs its own concept on it.
"use strict";
var bumpcast = {};
