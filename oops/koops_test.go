package oops_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// koops is what a person reads in 49 logs of bug trackers that are not part of this project: names and numbers only.
var koops = []struct {
	file    string
	reports int
	arch    oops.Arch // of the first report, as all that follows
	kernel  string
	place   string // the function that faulted, or the one to blame where the log names no place
	frames  int
	inner   string // the innermost frames
	outer   string // the outermost
}{
	{"arm-hung-task-oops", 1, oops.ARM, "4.2.8-yocto-standard-1968fcd27440e21d39a0b9e14a3be2ad", "watchdog", 6, "show_stack+0x24 dump_stack+0x7c panic+0x98 watchdog+0x368", "ret_from_fork+0x14"},
	{"arm-hung-task-oops-2", 1, oops.ARM, "3.17.8-300.fc21.armv7hl", "shmem_getpage_gfp", 7, "generic_perform_write+0xa8 __generic_file_write_iter+0x31c generic_file_write_iter+0x3c new_sync_write+0x84", "ret_fast_syscall+0x0"},
	{"github-102", 1, oops.X8664, "3.10.4-100.fc18.x86_64", "putback_inactive_pages", 17, "dump_stack+0x19 warn_slowpath_common+0x70 warn_slowpath_null+0x1a putback_inactive_pages+0x2cc", "kthread_create_on_node+0x120"},
	{"github-113", 1, oops.X8664, "3.10.12-100.fc18.x86_64", "intel_irq_remapping_supported", 16, "dump_stack+0x19 warn_slowpath_common+0x70 kzalloc+0xf warn_slowpath_fmt_taint+0x3f", "rest_init+0x80"},
	{"github-73", 1, oops.X8664, "3.10.11-100.fc18.x86_64", "tcp_fastretrans_alert", 33, "dump_stack+0x19 warn_slowpath_common+0x70 warn_slowpath_null+0x1a tcp_fastretrans_alert+0xc7a", "common_interrupt+0x6d"},
	{"github-73-modified", 1, oops.X8664, "3.10.11-100.fc18.x86_64", "tcp_fastretrans_alert", 33, "dump_stack+0x19 warn_slowpath_common+0x70 warn_slowpath_null+0x1a tcp_fastretrans_alert+0xc7a", "common_interrupt+0x6d"},
	{"gitlog-01", 2, oops.ARM, "3.5.0-rc5", "mxs_mmc_enable_sdio_irq", 8, "__lock_acquire+0x14f8 lock_acquire+0xa0 _raw_spin_lock_irqsave+0x48 mxs_mmc_enable_sdio_irq+0x18", "kernel_thread_exit+0x0"},
	{"gitlog-02", 2, oops.ARM, "3.4.0-00009-g3e96082-dirty", "mxs_mmc_enable_sdio_irq", 14, "__lock_acquire+0x1948 lock_acquire+0xe0 _raw_spin_lock_irqsave+0x44 mxs_mmc_enable_sdio_irq+0x18", "start_kernel+0x244"},
	{"gitlog-03", 1, oops.X8664, "3.6.0-rc3-wl-main", "update_or_create_fnhe", 19, "lockdep_rcu_suspicious+0xfd update_or_create_fnhe+0x15c __ip_rt_update_pmtu+0x73 ip_rt_update_pmtu+0x29", "system_call_fastpath+0x16"},
	{"gitlog-04", 1, oops.X8664, "3.6.0-rc1+", "call_netdevice_notifiers", 7, "lockdep_rcu_suspicious+0x109 rcu_preempt_sleep_check+0x45 __might_sleep+0x1e call_netdevice_notifiers+0x4a", "addrconf_forward_change+0x85"},
	{"gitlog-05", 1, oops.I386, "3.6.0-rc1-wl+", "ath5k_tasklet_beacon", 0, "", ""},
	{"gitlog-06", 1, oops.X8664, "3.5.0-rc1-10292-g3701f94-dirty", "sco_chan_del", 0, "", ""},
	{"gitlog-07", 1, oops.I386, "", "hotkey_exit", 0, "", ""},
	{"gitlog-08", 1, oops.ARM, "3.4.0", "cpufreq_cpu_put", 13, "validate_chain+0x6f8 __lock_acquire+0x81c lock_acquire+0x18c sysfs_addrm_finish+0xd0", "ret_fast_syscall+0x0"},
	{"gitlog-09", 1, oops.ARM, "3.4.0", "cpuacct_charge", 11, "cpuacct_charge+0x94 update_curr+0x24c enqueue_task_fair+0x50 enqueue_task+0x30", "cpu_idle+0x64"},
	// The first column of this one is cut off, the first digit of the release with it. A person who knows Octeon says that
	// it is mips64; its addresses look like those of x86_64.
	{"gitlog-10", 1, oops.X8664, "", "mdio_mux_read", 0, "", ""},
	{"gitlog-11", 1, oops.X8664, "3.5.0-rc1+", "led_trigger_unregister", 12, "lockdep_rcu_suspicious+0x109 rcu_preempt_sleep_check+0x45 __might_sleep+0x1e down_write+0x26", "out_of_memory+0x15d"},
	{"gitlog-12", 1, oops.ARM, "3.4.0", "regulator_get_voltage", 6, "validate_chain+0x760 __lock_acquire+0x950 lock_acquire+0x18c mutex_lock_nested+0x68", "regulator_set_optimum_mode+0xa4"},
	{"gitlog-13", 1, oops.I386, "3.4.1-build-0061", "l2tp_xmit_skb", 38, "printk+0x18 print_circular_bug+0x1ac __lock_acquire+0x9a3 lock_acquire+0x71", "i386_start_kernel+0xa8"},
	{"gitlog-14", 1, oops.X8664, "3.4.0+", "blk_queue_bio", 32, "blk_queue_bio+0x2a2", "system_call_fastpath+0x16"},
	{"gitlog-15", 1, oops.ARM, "3.4.0-rc5-wl+", "restore_regulatory_settings", 12, "dump_stack+0x20 print_circular_bug+0x280 validate_chain+0x978 __lock_acquire+0x8c8", "kernel_thread_exit+0x0"},
	{"gitlog-16", 1, oops.I386, "3.5.0-rc1-00002-gb22b1f1", "writeback_sb_inodes", 0, "", ""},
	{"gitlog-17", 1, oops.I386, "3.4.0-wl+", "rt2x00queue_create_tx_descriptor", 33, "print_usage_bug+0x1f6 mark_lock+0x2c2 check_usage_forwards+0xc0 __lock_acquire+0x4bc", "kernel_thread_helper+0x6"},
	{"gitlog-18", 1, oops.X8664, "3.1.0-kml", "sta_rx_agg_session_timer_expired", 33, "lockdep_rcu_dereference+0xa4 sta_rx_agg_session_timer_expired+0xc9 ieee80211_process_addba_resp+0x220 call_timer_fn+0x8a", "system_call_fastpath+0x16"},
	{"gitlog-19", 1, oops.X8664, "", "__mpol_put", 0, "", ""},
	{"gitlog-20", 1, oops.X8664, "3.4.0-rc4-24406-g841e6a6", "do_lookup", 0, "", ""},
	{"gitlog-21", 1, oops.X8664, "3.4.0-rc5+", "idr_read_uobj", 21, "print_circular_bug+0x1f8 __lock_acquire+0xa29 __idr_get_uobj+0x20 idr_read_uobj+0x2f", "system_call_fastpath+0x16"},
	{"gitlog-22", 1, oops.ARM, "3.0.5", "jffs2_garbage_collect_pass", 10, "dump_stack+0x20 print_circular_bug+0x1c8 validate_chain+0x1034 __lock_acquire+0x54c", "kernel_thread_exit+0x0"},
	{"gitlog-23", 1, oops.X8664, "3.4.0-rc5-next-20120501-sasha", "l2tp_ip_sendmsg", 0, "", ""},
	{"gitlog-24", 1, oops.I386, "3.3.4-build-0061", "sk_clone_lock", 30, "printk+0x18 valid_state+0x1f6 mark_lock+0xd1 mark_lock+0x26", "rp_sidt+0x41"},
	{"gitlog-25", 1, oops.X8664, "3.4.0-rc1+", "vfs_readdir", 18, "print_circular_bug+0x1f8 __lock_acquire+0xa81 handle_pte_fault+0x5ff mark_lock+0x2d", "system_call_fastpath+0x16"},
	{"gitlog-26", 1, oops.ARM, "3.0.21-00021-g8b33780-dirty", "ks8851_net_stop", 0, "", ""},
	{"gitlog-27", 1, oops.X8664, "3.3.0-rc2-next-20120201", "lru_add_drain_all", 32, "print_usage_bug+0x1bf print_irq_inversion_bug+0x1d9 mark_lock_irq+0xbb free_hot_cold_page+0x13d", "gs_change+0xb"},
	{"gitlog-28", 1, oops.X8664, "3.2.0-0.0.0.28.36b5ec9-default", "i7core_register_mci", 23, "lockdep_rcu_suspicious+0xcd drain_mcelog_buffer+0x191 mce_register_decode_chain+0x18 i7core_register_mci+0x2fb", "system_call_fastpath+0x16"},
	{"gitlog-29", 1, oops.X8664, "3.2.0-isci+", "sas_class_exit", 10, "slab_err+0xb0 free_percpu+0x31 kzalloc+0x14 kzalloc+0x14", "system_call_fastpath+0x16"},
	{"gitlog-30", 1, oops.I386, "", "scsi_host_dev_release", 0, "", ""},
	{"gitlog-31", 1, oops.ARM, "3.3.0-rc2-00026-ge4e8a39", "gpio_value_store", 13, "print_circular_bug+0x100 check_prev_add+0x680 check_prevs_add+0xdc validate_chain.clone.24+0x564", "ret_fast_syscall+0x0"},
	{"rhbz-1040900-ppc64-1", 1, oops.PPC64, "3.10.0-33.el7.ppc64", ".eeh_dev_check_failure", 20, ".eeh_dev_check_failure+0x278 .rtas_read_config+0x128 .pci_bus_read_config_word+0xa8 .pci_enable_device_flags+0x88", "syscall_exit+0x0"},
	{"rhbz-1040900-s390x-1", 1, oops.S390X, "3.10.0-54.0.1.el7.s390x", "will_oops_init", 6, "will_oops_init+0x36 do_one_initcall+0xce load_module+0x1414 SyS_finit_module+0x8e", "0x3fffd4a1d92"},
	{"rhbz-1040900-s390x-2", 1, oops.S390X, "3.69.69-69.0.fit.s390x", "scsi_alloc_sgtable", 17, "0x27f8000 scsi_init_io+0xdc sd_prep_fn+0xfa blk_peek_request+0xfc", "0x4e15e926dc"},
	{"rhbz-1140681", 1, oops.X8664, "3.15.10-201.fc20.x86_64", "find_get_entry", 20, "find_lock_entry+0x1f shmem_getpage_gfp+0xcd shmem_read_mapping_page_gfp+0x40 i915_gem_object_get_pages_gtt+0x14a", "page_fault+0x28"},
	{"rhbz-1235021", 1, oops.X8664, "4.0.5-300.fc22.x86_64+debug", "smp_call_function_many", 28, "leave_mm+0x180 on_each_cpu+0x3f flush_tlb_all+0x1c __change_page_attr_set_clr+0x1df", "system_call_fastpath+0x12"},
	{"rhbz-1518943", 1, oops.X8664, "5.3.6-300.fc31.x86_64", "amdgpu_vm_sdma_commit", 17, "amdgpu_vm_sdma_update+0x17d amdgpu_vm_num_entries+0x1e amdgpu_vm_update_ptes+0x385 amdgpu_vm_bo_update_mapping+0xb3", "entry_SYSCALL_64_after_hwframe+0x44"},
	{"rhbz-827868", 1, oops.X8664, "3.3.7-1.fc16.x86_64", "__alloc_pages_nodemask", 32, "warn_slowpath_common+0x7f warn_slowpath_null+0x1a __alloc_pages_nodemask+0x231 ip_copy_metadata+0x1c0", "gs_change+0x13"},
	{"rhbz-827868-modified", 1, oops.X8664, "3.3.7-1.fc16.x86_64", "__alloc_pages_nodemask", 32, "warn_slowpath_common+0x7f warn_slowpath_null+0x1a __alloc_pages_nodemask+0x231 ip_copy_metadata+0x1c0", "gs_change+0x13"},
	{"rhbz-836206", 2, oops.X8664, "3.3.0-0.15.el7.x86_64", "put_cmsg", 15, "__might_sleep+0x13c might_fault+0x38 sock_def_readable+0x30 put_cmsg+0x6f", "system_call_fastpath+0x16"},
	{"rhbz-865695-0", 1, oops.I386, "3.6.1-1.fc17.i686.PAE", "wdev_priv.part.8", 24, "wl_cfg80211_scan+0x411 mutex_lock+0x18 nl80211_trigger_scan+0xc8 nl80211_trigger_scan+0xc8", "sysenter_do_call+0x12"},
	{"rhbz-865695-2", 1, oops.X8664, "3.6.1-1.fc17.x86_64", "wdev_priv.part.8", 19, "wl_cfg80211_scan+0x3f4 nl80211_trigger_scan+0xf8 nl80211_trigger_scan+0xf8 nl80211_trigger_scan+0x485", "system_call_fastpath+0x16"},
	{"rhbz-865695-2-notime", 1, oops.X8664, "3.6.1-1.fc17.x86_64", "wdev_priv.part.8", 19, "wl_cfg80211_scan+0x3f4 nl80211_trigger_scan+0xf8 nl80211_trigger_scan+0xf8 nl80211_trigger_scan+0x485", "system_call_fastpath+0x16"},
}

// TestKoops reads those logs where NFOOPS_KOOPS names their folder.
func TestKoops(t *testing.T) {
	folder := os.Getenv("NFOOPS_KOOPS")
	if folder == "" {
		t.Skip("NFOOPS_KOOPS does not name the folder of the logs")
	}
	for _, k := range koops {
		data, err := os.ReadFile(filepath.Join(folder, k.file))
		if err != nil {
			t.Error(err)
			continue
		}
		var p oops.Parser
		var all []*oops.Crash
		for c, err := range p.Crashes(strings.NewReader(string(data))) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
		if len(all) != k.reports {
			t.Errorf("%s: %d reports, want %d", k.file, len(all), k.reports)
			continue
		}
		c := all[0]
		place := c.IP.Value.Symbol
		if place == "" {
			place = c.Culprit.Symbol
		}
		var frames []string
		for i := range c.Trace {
			f := &c.Trace[i]
			if f.Symbol == "" {
				frames = append(frames, fmt.Sprintf("%#x", f.Address))
				continue
			}
			frames = append(frames, fmt.Sprintf("%s+%#x", f.Symbol, f.Offset))
		}
		inner := strings.Fields(k.inner)
		got := fmt.Sprint(c.Arch, c.Kernel.Value, place, len(frames))
		want := fmt.Sprint(k.arch, k.kernel, k.place, k.frames)
		switch {
		case got != want:
			t.Errorf("%s: %s, want %s", k.file, got, want)
		case strings.Join(frames[:min(len(frames), len(inner))], " ") != k.inner:
			t.Errorf("%s: frames %v, want %v", k.file, frames, inner)
		case len(frames) > 0 && frames[len(frames)-1] != k.outer:
			t.Errorf("%s: the outermost frame is %s, want %s", k.file, frames[len(frames)-1], k.outer)
		}
	}
}
