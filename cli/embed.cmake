# SPDX-License-Identifier: MIT
# cmake -DOUTPUT=FILE -DFOLDER=docs/rules -P embed.cmake: writes the table of cli/rule_pages.h. Bytes, not a string
# literal: the pages may hold anything.
file(GLOB pages ${FOLDER}/*.md)
set(texts "")
set(table "")
foreach(page ${pages})
  get_filename_component(rule ${page} NAME_WE)
  string(MAKE_C_IDENTIFIER ${rule} name)
  file(READ ${page} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND texts "static const char page_${name}[] = {${bytes} 0};\n")
  string(APPEND table "    {\"${rule}\", page_${name}},\n")
endforeach()
file(WRITE ${OUTPUT} "/* Generated from docs/rules/. */\n#include \"cli/rule_pages.h\"\n\n${texts}
const struct rule_page rule_pages[] = {\n${table}    {0, 0},\n};\n")
