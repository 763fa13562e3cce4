// SPDX-License-Identifier: GPL-3.0-or-later

extension IPTablesKernelRules {
  /// `ip6tables`.
  static let ipv6 = #"""
    mangle -j MARK --or-mark 0x4000
      -j MARK --set-xmark 0x4000/0x4000
    nat -p tcp -j DNAT --to-destination [fd00::1]:80
      -p tcp -j DNAT --to-destination [fd00::1]:80
    nat -p tcp -j DNAT --to-destination [fd00::1]:80-90
      -p tcp -j DNAT --to-destination [fd00::1]:80-90
    nat -p tcp -j DNAT --to-destination [fd00::1-fd00::9]:80
      -p tcp -j DNAT --to-destination [fd00::1-fd00::9]:80
    nat -p tcp -j DNAT --to-destination fd00::1
      -p tcp -j DNAT --to-destination fd00::1
    nat -p tcp -j DNAT --to-destination fd00::1-fd00::9 --persistent
      -p tcp -j DNAT --to-destination fd00::1-fd00::9 --persistent
    nat -p tcp -j DNAT --to-destination :80
      -p tcp -j DNAT --to-destination :80
    nat -p tcp -j DNAT --to-destination [fd00::1]
      -p tcp -j DNAT --to-destination fd00::1
    nat -p tcp -j SNAT --to-source [fd00::1]:80-90
      -p tcp -j SNAT --to-source [fd00::1]:80-90
    nat -p tcp -j REDIRECT --to-ports 80
      -p tcp -j REDIRECT --to-ports 80
    nat -j MASQUERADE --random-fully
      -j MASQUERADE --random-fully
    filter -m comment --comment "a b" -m tcp -p tcp -d fd00::1 --dport 80 ! -s fd00:10::/64 -j ACCEPT
      ! -s fd00:10::/64 -d fd00::1/128 -p tcp -m comment --comment "a b" -m tcp --dport 80 -j ACCEPT
    filter -j REJECT
      -j REJECT --reject-with icmp6-port-unreachable
    filter -j REJECT --reject-with icmp6-adm-prohibited
      -j REJECT --reject-with icmp6-adm-prohibited
    filter -j REJECT --reject-with no-route
      -j REJECT --reject-with icmp6-no-route
    filter -p tcp -j REJECT --reject-with tcp-reset
      -p tcp -j REJECT --reject-with tcp-reset
    filter -p icmpv6 -j ACCEPT
      -p ipv6-icmp -j ACCEPT
    filter -p ipv6-icmp --icmpv6-type 128 -j ACCEPT
      -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
    filter -p ipv6-icmp -m icmp6 --icmpv6-type echo-request -j ACCEPT
      -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
    filter -p ipv6-icmp -m icmpv6 --icmpv6-type router-advertisement -j ACCEPT
      -p ipv6-icmp -m icmp6 --icmpv6-type 134 -j ACCEPT
    filter -p ipv6-icmp -m icmp6 ! --icmpv6-type 1/4 -j ACCEPT
      -p ipv6-icmp -m icmp6 ! --icmpv6-type 1/4 -j ACCEPT
    filter -m recent --name A --set -j ACCEPT
      -m recent --set --name A --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -j ACCEPT
    filter -m addrtype --dst-type LOCAL ! -d ::1/128 -j ACCEPT
      ! -d ::1/128 -m addrtype --dst-type LOCAL -j ACCEPT
    filter -s ::/0 -j ACCEPT
      -j ACCEPT
    filter -s fd00::1/ffff:: -j ACCEPT
      -s fd00::/16 -j ACCEPT
    filter -s 2001:db8:0:0:1:0:0:1 -j ACCEPT
      -s 2001:db8::1:0:0:1/128 -j ACCEPT
    filter -s 2001:db8:0:1:1:1:1:1 -j ACCEPT
      -s 2001:db8:0:1:1:1:1:1/128 -j ACCEPT
    filter -m statistic --mode random --probability 0.2 -j ACCEPT
      -m statistic --mode random --probability 0.20000000019 -j ACCEPT
    """#
}
