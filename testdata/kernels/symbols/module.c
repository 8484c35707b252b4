/* Copyright The nfoops authors. SPDX-License-Identifier: Apache-2.0 */
#define INFO(n, s) static const char info##n[] __attribute__((used, section(".modinfo"), aligned(1))) = s

INFO(1, "license=GPL");
INFO(2, "name=nf_story");
INFO(3, "vermagic=" RELEASE " SMP preempt mod_unload ");
INFO(4, "depends=");

int connections;
