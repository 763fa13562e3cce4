// SPDX-License-Identifier: GPL-3.0-or-later

/// Single rules as they were given to `iptables-restore`, and below each how `iptables-save` listed it.
///
/// Linux 6.18, iptables 1.8.9, both variants; where legacy and nf_tables differ the rule is left out. Each rule stands
/// behind its table's name, without `-A CHAIN`.
enum IPTablesKernelRules {
  /// `iptables`.
  static let ipv4 = #"""
    raw -p udp -j CT --notrack
      -p udp -j CT --notrack
    raw -p tcp -j NOTRACK
      -p tcp -j NOTRACK
    raw -p tcp --dport 21 -j CT --helper ftp
      -p tcp -m tcp --dport 21 -j CT --helper ftp
    raw -j CT --zone 5
      -j CT --zone 5
    mangle -j MARK --set-mark 0x1
      -j MARK --set-xmark 0x1/0xffffffff
    mangle -j MARK --set-mark 0x1/0xff
      -j MARK --set-xmark 0x1/0xff
    mangle -j MARK --set-xmark 0x4000/0x4000
      -j MARK --set-xmark 0x4000/0x4000
    mangle -j MARK --or-mark 0x4000
      -j MARK --set-xmark 0x4000/0x4000
    mangle -j MARK --and-mark 0xffff
      -j MARK --set-xmark 0x0/0xffff0000
    mangle -j MARK --xor-mark 0x4000
      -j MARK --set-xmark 0x4000/0x0
    mangle -j CONNMARK --save-mark
      -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
    mangle -j CONNMARK --restore-mark
      -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff
    mangle -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
      -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
    mangle -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff
      -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff
    mangle -j CONNMARK --restore-mark --mask 0xff
      -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
    mangle -j CONNMARK --set-mark 0x1
      -j CONNMARK --set-xmark 0x1/0xffffffff
    mangle -j CONNMARK --set-mark 0x1/0xff
      -j CONNMARK --set-xmark 0x1/0xff
    mangle -j CONNMARK --set-xmark 0x1/0xff
      -j CONNMARK --set-xmark 0x1/0xff
    mangle -j CONNMARK --or-mark 0x10
      -j CONNMARK --set-xmark 0x10/0x10
    mangle -j CONNMARK --and-mark 0x10
      -j CONNMARK --set-xmark 0x0/0xffffffef
    mangle -j CONNMARK --xor-mark 0x10
      -j CONNMARK --set-xmark 0x10/0x0
    nat -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80
      -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80
    nat -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random --persistent
      -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random --persistent
    nat -p tcp --dport 80 -j DNAT --to-destination :80
      -p tcp -m tcp --dport 80 -j DNAT --to-destination :80
    nat -j DNAT --to-destination 10.0.0.1
      -j DNAT --to-destination 10.0.0.1
    nat -p tcp -j REDIRECT --to-ports 80
      -p tcp -j REDIRECT --to-ports 80
    nat -p tcp -j REDIRECT --to-ports 80-90 --random
      -p tcp -j REDIRECT --to-ports 80-90 --random
    nat -p tcp -j REDIRECT
      -p tcp -j REDIRECT
    nat -j MASQUERADE --random-fully
      -j MASQUERADE --random-fully
    nat -p tcp -j MASQUERADE --to-ports 1024-2048 --random
      -p tcp -j MASQUERADE --to-ports 1024-2048 --random
    nat -j SNAT --to-source 1.2.3.4
      -j SNAT --to-source 1.2.3.4
    nat -j SNAT --to-source 1.2.3.4-1.2.3.9 --random-fully --persistent
      -j SNAT --to-source 1.2.3.4-1.2.3.9 --random-fully --persistent
    nat -p tcp -j SNAT --to-source 1.2.3.4:1000-2000 --random
      -p tcp -j SNAT --to-source 1.2.3.4:1000-2000 --random
    filter -m comment --comment "a b" -m tcp -p tcp -d 1.2.3.4 --dport 80 ! -s 10.0.0.0/8 -j ACCEPT
      ! -s 10.0.0.0/8 -d 1.2.3.4/32 -p tcp -m comment --comment "a b" -m tcp --dport 80 -j ACCEPT
    filter -m comment --comment a/b:c -m tcp -p tcp --sport 1000:2000 ! --dport 80 -j ACCEPT
      -p tcp -m comment --comment "a/b:c" -m tcp --sport 1000:2000 ! --dport 80 -j ACCEPT
    filter -i eth0 -j ACCEPT
      -i eth0 -j ACCEPT
    filter ! -i lo+ -j ACCEPT
      ! -i lo+ -j ACCEPT
    filter -p udp -m udp --sport 53 -j ACCEPT
      -p udp -m udp --sport 53 -j ACCEPT
    filter -p sctp -m sctp --dport 53:100 -j ACCEPT
      -p sctp -m sctp --dport 53:100 -j ACCEPT
    filter -p icmp -j ACCEPT
      -p icmp -j ACCEPT
    filter ! -p icmp -j ACCEPT
      ! -p icmp -j ACCEPT
    filter -p all -j ACCEPT
      -j ACCEPT
    filter -p 47 -j ACCEPT
      -p gre -j ACCEPT
    filter -p esp -j ACCEPT
      -p esp -j ACCEPT
    filter -p 200 -j ACCEPT
      -p 200 -j ACCEPT
    filter -p tcp -m multiport --dports 80,443,1000:2000 -j ACCEPT
      -p tcp -m multiport --dports 80,443,1000:2000 -j ACCEPT
    filter -p tcp -m multiport ! --sports 80,443 -j ACCEPT
      -p tcp -m multiport ! --sports 80,443 -j ACCEPT
    filter -p tcp -m multiport --ports 80,443 -j ACCEPT
      -p tcp -m multiport --ports 80,443 -j ACCEPT
    filter -m addrtype --dst-type LOCAL -j ACCEPT
      -m addrtype --dst-type LOCAL -j ACCEPT
    filter -m addrtype --src-type UNICAST ! --dst-type LOCAL -j ACCEPT
      -m addrtype --src-type UNICAST ! --dst-type LOCAL -j ACCEPT
    filter -m conntrack --ctstate NEW -j ACCEPT
      -m conntrack --ctstate NEW -j ACCEPT
    filter -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
      -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
    filter -m conntrack --ctstate NEW,INVALID,SNAT,DNAT,UNTRACKED,RELATED,ESTABLISHED -j ACCEPT
      -m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT -j ACCEPT
    filter -m state --state NEW,ESTABLISHED,RELATED,INVALID,UNTRACKED -j ACCEPT
      -m state --state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED -j ACCEPT
    filter -m state ! --state NEW -j ACCEPT
      -m state ! --state NEW -j ACCEPT
    filter -m mark --mark 0x4000/0x4000 -j ACCEPT
      -m mark --mark 0x4000/0x4000 -j ACCEPT
    filter -m mark ! --mark 0x4000 -j ACCEPT
      -m mark ! --mark 0x4000 -j ACCEPT
    filter -m connmark --mark 0x1/0x1 -j ACCEPT
      -m connmark --mark 0x1/0x1 -j ACCEPT
    filter -m connmark ! --mark 0x1 -j ACCEPT
      -m connmark ! --mark 0x1 -j ACCEPT
    filter -m statistic --mode random --probability 0.3333333333 -j ACCEPT
      -m statistic --mode random --probability 0.33333333349 -j ACCEPT
    filter -m statistic --mode random ! --probability 0.5 -j ACCEPT
      -m statistic --mode random ! --probability 0.50000000000 -j ACCEPT
    filter -m statistic --mode nth --every 3 --packet 1 -j ACCEPT
      -m statistic --mode nth --every 3 --packet 1 -j ACCEPT
    filter -m statistic --mode nth ! --every 3 --packet 0 -j ACCEPT
      -m statistic --mode nth ! --every 3 --packet 0 -j ACCEPT
    filter -m recent --name KUBE-SEP-A --set -j ACCEPT
      -m recent --set --name KUBE-SEP-A --mask 255.255.255.255 --rsource -j ACCEPT
    filter -m recent --name KUBE-SEP-A --rcheck --seconds 10800 --reap -j ACCEPT
      -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-A --mask 255.255.255.255 --rsource -j ACCEPT
    filter -m recent --name KUBE-SEP-A --update --seconds 10 --hitcount 4 --rdest -j ACCEPT
      -m recent --update --seconds 10 --hitcount 4 --name KUBE-SEP-A --mask 255.255.255.255 --rdest -j ACCEPT
    filter -m recent ! --rcheck -j ACCEPT
      -m recent ! --rcheck --name DEFAULT --mask 255.255.255.255 --rsource -j ACCEPT
    filter -m recent --remove -j ACCEPT
      -m recent --remove --name DEFAULT --mask 255.255.255.255 --rsource -j ACCEPT
    filter -m limit --limit 5/min -j ACCEPT
      -m limit --limit 5/min -j ACCEPT
    filter -m limit --limit 10/second --limit-burst 20 -j ACCEPT
      -m limit --limit 10/sec --limit-burst 20 -j ACCEPT
    filter -m limit --limit 7/h -j ACCEPT
      -m limit --limit 7/hour -j ACCEPT
    filter -m limit --limit 1/day -j ACCEPT
      -m limit --limit 1/day -j ACCEPT
    filter -m limit --limit 70/min -j ACCEPT
      -m limit --limit 70/min -j ACCEPT
    filter -p tcp --syn -j ACCEPT
      -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
    filter -p tcp ! --syn -j ACCEPT
      -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
    filter -p tcp --tcp-flags SYN,RST SYN -j ACCEPT
      -p tcp -m tcp --tcp-flags SYN,RST SYN -j ACCEPT
    filter -p tcp --tcp-flags ALL NONE -j ACCEPT
      -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j ACCEPT
    filter -p icmp -m icmp --icmp-type 8 -j ACCEPT
      -p icmp -m icmp --icmp-type 8 -j ACCEPT
    filter -p icmp --icmp-type echo-request -j ACCEPT
      -p icmp -m icmp --icmp-type 8 -j ACCEPT
    filter -p icmp --icmp-type 3/4 -j ACCEPT
      -p icmp -m icmp --icmp-type 3/4 -j ACCEPT
    filter -p icmp --icmp-type any -j ACCEPT
      -p icmp -m icmp --icmp-type any -j ACCEPT
    filter -m physdev --physdev-is-bridged -j ACCEPT
      -m physdev --physdev-is-bridged -j ACCEPT
    filter -m physdev --physdev-in eth0 -j ACCEPT
      -m physdev --physdev-in eth0 -j ACCEPT
    filter -m physdev ! --physdev-is-in -j ACCEPT
      -m physdev ! --physdev-is-in -j ACCEPT
    filter -p tcp -j REJECT
      -p tcp -j REJECT --reject-with icmp-port-unreachable
    filter -p tcp -j REJECT --reject-with tcp-reset
      -p tcp -j REJECT --reject-with tcp-reset
    filter -j REJECT --reject-with icmp-host-prohibited
      -j REJECT --reject-with icmp-host-prohibited
    filter -j REJECT --reject-with host-prohib
      -j REJECT --reject-with icmp-host-prohibited
    filter -j LOG
      -j LOG
    filter -j LOG --log-prefix "a b: " --log-level 4 --log-ip-options
      -j LOG --log-prefix "a b: " --log-ip-options
    filter -j NFLOG --nflog-group 5 --nflog-prefix "x y"
      -j NFLOG --nflog-prefix "x y" --nflog-group 5
    filter -g Y
      -g Y
    filter -j Y
      -j Y
    filter -m comment --comment "only counts"
      -m comment --comment "only counts"
    filter -j RETURN
      -j RETURN
    filter -j DROP
      -j DROP
    filter -s 10.0.0.0/255.0.0.0 -j DROP
      -s 10.0.0.0/8 -j DROP
    filter -s 10.0.0.0/255.0.255.0 -j DROP
      -s 10.0.0.0/255.0.255.0 -j DROP
    filter -s 0.0.0.0/0 -j DROP
      -j DROP
    filter -d 10.1.2.3/8 -j DROP
      -d 10.0.0.0/8 -j DROP
    filter -m comment --comment "quote \" and \\ back ' x" -j DROP
      -m comment --comment "quote \" and \\ back \' x" -j DROP
    filter -m comment --comment "hash#x" -j DROP
      -m comment --comment "hash#x" -j DROP
    filter -m comment --comment "" -j DROP
      -m comment --comment "" -j DROP
    filter -m comment --comment "tab	y" -j DROP
      -m comment --comment "tab	y" -j DROP
    filter -m comment --comment "it's" -j DROP
      -m comment --comment "it\'s" -j DROP
    filter -m comment --comment "a!b\$c" -j DROP
      -m comment --comment "a!b$c" -j DROP
    filter -m comment --comment "ns/svc -> [fd00::1]:80" -j DROP
      -m comment --comment "ns/svc -> [fd00::1]:80" -j DROP
    filter -s 1.2.3.4,5.6.7.8 -d 9.9.9.9,8.8.8.8 -j DROP
      -s 1.2.3.4/32 -d 9.9.9.9/32 -j DROP
      -s 1.2.3.4/32 -d 8.8.8.8/32 -j DROP
      -s 5.6.7.8/32 -d 9.9.9.9/32 -j DROP
      -s 5.6.7.8/32 -d 8.8.8.8/32 -j DROP
    filter -m iprange --src-range 1.1.1.1-1.1.1.9 -j DROP
      -m iprange --src-range 1.1.1.1-1.1.1.9 -j DROP
    nat -p tcp -j DNAT --to-destination 1.1.1.1:80-90/80
      -p tcp -j DNAT --to-destination 1.1.1.1:80-90/80
    nat -p tcp -j DNAT --to-destination 1.1.1.1:http
      -p tcp -j DNAT --to-destination 1.1.1.1:80
    nat -p tcp -j DNAT --to-destination 1.1.1.1-1.1.1.1:80-80
      -p tcp -j DNAT --to-destination 1.1.1.1:80
    nat -j MASQUERADE --random --random-fully
      -j MASQUERADE --random --random-fully
    filter -m recent --rcheck --reap --hitcount 3 --seconds 10 --name Z -j ACCEPT
      -m recent --rcheck --seconds 10 --reap --hitcount 3 --name Z --mask 255.255.255.255 --rsource -j ACCEPT
    filter -p tcp --dport http -j ACCEPT
      -p tcp -m tcp --dport 80 -j ACCEPT
    filter -p tcp --dport :100 -j ACCEPT
      -p tcp -m tcp --dport 0:100 -j ACCEPT
    filter -p tcp --dport 100: -j ACCEPT
      -p tcp -m tcp --dport 100:65535 -j ACCEPT
    filter -p tcp --sport 0:65535 -j ACCEPT
      -p tcp -m tcp -j ACCEPT
    filter -p tcp --syn --dport 80 --sport 2 -j ACCEPT
      -p tcp -m tcp --sport 2 --dport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
    filter -p tcp -m comment --comment x --dport 80 -m conntrack --ctstate NEW -j ACCEPT
      -p tcp -m comment --comment x -m tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT
    filter -p tcp --dport 80 -m comment --comment x --sport 5 -j ACCEPT
      -p tcp -m tcp --sport 5 --dport 80 -m comment --comment x -j ACCEPT
    filter -m addrtype --src-type LOCAL -m addrtype --dst-type LOCAL -j ACCEPT
      -m addrtype --src-type LOCAL -m addrtype --dst-type LOCAL -j ACCEPT
    filter -m addrtype --dst-type LOCAL --src-type LOCAL -j ACCEPT
      -m addrtype --src-type LOCAL --dst-type LOCAL -j ACCEPT
    filter -m addrtype --src-type local -j ACCEPT
      -m addrtype --src-type LOCAL -j ACCEPT
    filter -m conntrack --ctstate new -j ACCEPT
      -m conntrack --ctstate NEW -j ACCEPT
    filter -m conntrack --ctstate NEW -m conntrack --ctstate NEW -j ACCEPT
      -m conntrack --ctstate NEW -m conntrack --ctstate NEW -j ACCEPT
    filter -m state --state NEW -m conntrack --ctstate NEW -j ACCEPT
      -m state --state NEW -m conntrack --ctstate NEW -j ACCEPT
    filter -m limit --limit 60/min -j ACCEPT
      -m limit --limit 1/sec -j ACCEPT
    filter -m limit --limit 3/s --limit-burst 5 -j ACCEPT
      -m limit --limit 3/sec -j ACCEPT
    filter -m limit --limit 7/day -j ACCEPT
      -m limit --limit 7/day -j ACCEPT
    filter -m limit --limit 100/hour -j ACCEPT
      -m limit --limit 100/hour -j ACCEPT
    filter -m limit --limit 1000/second -j ACCEPT
      -m limit --limit 1000/sec -j ACCEPT
    filter -m limit --limit 7/second -j ACCEPT
      -m limit --limit 7/sec -j ACCEPT
    filter -m limit --limit 9999/second -j ACCEPT
      -m limit --limit 10000/sec -j ACCEPT
    filter -m limit --limit 3 -j ACCEPT
      -m limit --limit 3/sec -j ACCEPT
    filter -m mark --mark 5/010 -j ACCEPT
      -m mark --mark 0x5/0x8 -j ACCEPT
    filter -m mark --mark 0xff/0xf -j ACCEPT
      -m mark --mark 0xff/0xf -j ACCEPT
    filter -m mark --mark 0 -j ACCEPT
      -m mark --mark 0x0 -j ACCEPT
    filter -m connmark --mark 5/0x10 -j ACCEPT
      -m connmark --mark 0x5/0x10 -j ACCEPT
    filter -m statistic --mode random --probability 1 -j ACCEPT
      -m statistic --mode random --probability 1.00000000000 -j ACCEPT
    filter -m statistic --mode random --probability 0 -j ACCEPT
      -m statistic --mode random --probability 0.00000000000 -j ACCEPT
    filter -m statistic --mode random --probability 0.0000000001 -j ACCEPT
      -m statistic --mode random --probability 0.00000000000 -j ACCEPT
    filter -p icmp --icmp-type destination-unreachable -j ACCEPT
      -p icmp -m icmp --icmp-type 3 -j ACCEPT
    filter -p icmp --icmp-type fragmentation-needed -j ACCEPT
      -p icmp -m icmp --icmp-type 3/4 -j ACCEPT
    filter -p icmp ! --icmp-type 8/0 -j ACCEPT
      -p icmp -m icmp ! --icmp-type 8/0 -j ACCEPT
    filter -p tcp -m tcp -j ACCEPT
      -p tcp -m tcp -j ACCEPT
    filter -m tcp -p tcp -j ACCEPT
      -p tcp -m tcp -j ACCEPT
    filter -m socket -j ACCEPT
      -m socket -j ACCEPT
    filter -j LOG --log-tcp-options --log-level info --log-prefix X --log-uid --log-macdecode --log-tcp-sequence
      -j LOG --log-prefix X --log-level 6 --log-tcp-sequence --log-tcp-options --log-uid --log-macdecode
    filter -j LOG --log-level warning --log-prefix "a\"b"
      -j LOG --log-prefix "a\"b"
    filter -j NFLOG --nflog-threshold 3 --nflog-group 0 --nflog-size 80
      -j NFLOG --nflog-size 80 --nflog-threshold 3
    filter -j NFLOG
      -j NFLOG
    filter -m comment --comment x -s 1.1.1.1 -m mark --mark 1 -i eth0 -p udp -j ACCEPT
      -s 1.1.1.1/32 -i eth0 -p udp -m comment --comment x -m mark --mark 0x1 -j ACCEPT
    filter -j ACCEPT -m comment --comment after
      -m comment --comment after -j ACCEPT
    filter -i + -j ACCEPT
      -j ACCEPT
    filter -f -j ACCEPT
      -f -j ACCEPT
    filter -s 10.0.0.5/0 -j ACCEPT
      -j ACCEPT
    filter -m physdev ! --physdev-is-in --physdev-out eth1 -j ACCEPT
      -m physdev ! --physdev-is-in --physdev-out eth1 -j ACCEPT
    filter -p tcp -m multiport --dport 80 -j ACCEPT
      -p tcp -m multiport --dports 80 -j ACCEPT
    filter -p tcp -m multiport --destination-ports 80,81 -j ACCEPT
      -p tcp -m multiport --dports 80,81 -j ACCEPT
    filter -p tcp -m multiport --port 80,http -j ACCEPT
      -p tcp -m multiport --ports 80,80 -j ACCEPT
    filter -p tcp --tcp-flags FIN,SYN FIN,SYN -j ACCEPT
      -p tcp -m tcp --tcp-flags FIN,SYN FIN,SYN -j ACCEPT
    filter -p tcp --tcp-flags NONE NONE -j ACCEPT
      -p tcp -m tcp -j ACCEPT
    filter -p udplite -j ACCEPT
      -p udplite -j ACCEPT
    filter -p ah -j ACCEPT
      -p ah -j ACCEPT
    filter -p igmp -j ACCEPT
      -p igmp -j ACCEPT
    filter -p vrrp -j ACCEPT
      -p vrrp -j ACCEPT
    filter -p ipv6 -j ACCEPT
      -p ipv6 -j ACCEPT
    filter -p 4 -j ACCEPT
      -p ipencap -j ACCEPT
    filter -p 0 -j ACCEPT
      -j ACCEPT
    filter -p TCP -j ACCEPT
      -p tcp -j ACCEPT
    filter -p dccp -j ACCEPT
      -p dccp -j ACCEPT
    filter -p ospf -j ACCEPT
      -p ospf -j ACCEPT
    filter -p pim -j ACCEPT
      -p pim -j ACCEPT
    filter -p 58 -j ACCEPT
      -p ipv6-icmp -j ACCEPT
    filter -m comment --comment -x -j ACCEPT
      -m comment --comment -x -j ACCEPT
    filter -m comment --comment a\b -j ACCEPT
      -m comment --comment "a\\b" -j ACCEPT
    filter -m comment --comment ü -j ACCEPT
      -m comment --comment "ü" -j ACCEPT
    """#
}
