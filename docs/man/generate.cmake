# SPDX-License-Identifier: MIT
# cmake -DCOMMAND=scopetrace -DTEMPLATE=… -DOUTPUT=… -DVERSION=… -P generate.cmake: the command's tables of commands,
# options and formats go into the man page.
execute_process(COMMAND ${COMMAND} --completions man OUTPUT_VARIABLE TABLES COMMAND_ERROR_IS_FATAL ANY)
configure_file(${TEMPLATE} ${OUTPUT} @ONLY NEWLINE_STYLE UNIX)
