package listen

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Port checks an address to listen on, [HOST]:PORT, and gives its port.
func Port(address string) (uint16, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("%q is no [HOST]:PORT", address)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("the port in %q is a number up to 65535", address)
	}
	return uint16(n), nil
}

// Network reads "192.0.2.0/24", or an address, which is a network of one.
func Network(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is no network like 192.0.2.0/24 and no address", text)
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}
