/* SPDX-License-Identifier: MIT */
#include "cli/config/toml.h"

#include <cstring>
#include <exception>
#include <string>
#include <toml++/toml.h>

namespace
{

json_t *to_json(const toml::node &node);

json_t *to_json(const toml::table &table)
{
    json_t *object = json_object();
    for (auto &&[key, value] : table)
        json_object_set_new(object, std::string(key.str()).c_str(), to_json(value));
    return object;
}

json_t *to_json(const toml::array &array)
{
    json_t *list = json_array();
    for (auto &&value : array)
        json_array_append_new(list, to_json(value));
    return list;
}

json_t *to_json(const toml::node &node)
{
    if (auto table = node.as_table())
        return to_json(*table);
    if (auto array = node.as_array())
        return to_json(*array);
    if (auto text = node.as_string())
        return json_stringn(text->get().data(), text->get().size());
    if (auto number = node.as_integer())
        return json_integer(number->get());
    if (auto real = node.as_floating_point())
        return json_real(real->get());
    if (auto truth = node.as_boolean())
        return json_boolean(truth->get());
    return json_null();
}

} // namespace

json_t *toml_read(const char *text, unsigned *ret_line, char **ret_message)
{
    try {
        return to_json(toml::parse(text));
    } catch (const toml::parse_error &error) {
        *ret_line = error.source().begin.line;
        *ret_message = strdup(std::string(error.description()).c_str());
    } catch (const std::exception &error) {
        *ret_line = 0;
        *ret_message = strdup(error.what());
    }
    return nullptr;
}
